package org.syncbn.spark.csv;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;
import static org.syncbn.spark.LocalSpark.SESSION;

import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.syncbn.data.TextOptions;
import org.syncbn.data.TextOptions.Header;
import org.syncbn.spark.DataReader;
import org.syncbn.spark.files.DataException;
import org.syncbn.spark.files.DataFormat;
import org.syncbn.spark.files.FeatureSelection;
import org.syncbn.spark.files.InputTable;
import org.syncbn.spark.files.ReadOptions;

/**
 * CSV as people write it. A case is the text of a file, what is asked for, and all that is read:
 * {@code name:type} of the columns, then the rows, texts in {@code <>}, null as {@code ~}.
 */
class CsvCasesTest {

  @TempDir Path folder;

  /** What is asked for, as a command line would. */
  private static ReadOptions options(String asked) {
    List<String> words = Arrays.asList(asked.split(" "));
    boolean excludes = words.contains("--exclude");
    String columns = value(words, excludes ? "--exclude" : "--columns", "");
    List<String> names = columns.isEmpty() ? List.of() : List.of(columns.split(","));
    FeatureSelection selection =
        names.isEmpty()
            ? FeatureSelection.allNumeric()
            : excludes ? FeatureSelection.allNumericExcept(names) : FeatureSelection.named(names);
    String nulls = value(words, "--null", "");
    return ReadOptions.of(selection)
        .with(Optional.of(DataFormat.CSV))
        .with(
            new TextOptions(
                value(words, "--encoding", "UTF-8"),
                value(words, "--delimiter", ""),
                words.contains("--header")
                    ? Header.TRUE
                    : words.contains("--no-header") ? Header.FALSE : Header.AUTO,
                words.contains("--decimal-comma"),
                value(words, "--thousands", ""),
                value(words, "--comment", ""),
                Integer.parseInt(value(words, "--skip-lines", "0")),
                value(words, "--escape", ""),
                nulls.isEmpty() ? List.of() : List.of(nulls.split(",")),
                false));
  }

  private static String value(List<String> words, String option, String otherwise) {
    int at = words.indexOf(option);
    return at < 0 ? otherwise : words.get(at + 1).replace("SPACE", " ");
  }

  private static String shown(InputTable table) {
    String columns =
        Arrays.stream(table.rows().schema().fields())
            .map(field -> field.name() + ":" + field.dataType().simpleString())
            .collect(Collectors.joining(" "));
    return Stream.concat(
            Stream.of(columns), table.rows().collectAsList().stream().map(CsvCasesTest::shown))
        .collect(Collectors.joining(" / "));
  }

  private static String shown(Row row) {
    return java.util.stream.IntStream.range(0, row.size())
        .mapToObj(row::get)
        .map(v -> v == null ? "~" : v instanceof String text ? "<" + text + ">" : v.toString())
        .collect(Collectors.joining(" "));
  }

  static Stream<Arguments> read() {
    return Stream.of(
        // Quotes
        arguments(
            "x,note\n1,\"see\n100,rows\"\n3,ok\n",
            "",
            "x:bigint note:string / 1 <see\n100,rows> / 3 <ok>"),
        arguments(
            "x,note\r\n1,\"a\r\nb\"\r\n2,\"\"\"q\"\"\"\r\n",
            "",
            "x:bigint note:string / 1 <a\r\nb> / 2 <\"q\">"),
        arguments(
            "x,t\n1,a\"b\"c\n2,5\" pipe\n", "", "x:bigint t:string / 1 <a\"b\"c> / 2 <5\" pipe>"),
        arguments("x,t\n1,\"\"\n2,\n", "", "x:bigint t:string / 1 <> / 2 ~"),
        arguments(
            "x,t\n\"1\",\"a,b\"\n\"2\",\"\"\"\"\n", "", "x:bigint t:string / 1 <a,b> / 2 <\">"),
        arguments("\"a\nb\",x\nt,1\n", "", "a\nb:string x:bigint / <t> 1"),
        arguments("x,\"t, u\"\n1,a\n", "", "x:bigint t, u:string / 1 <a>"),
        arguments("x\n\"1\"\n\"\"\n3\n", "", "x:bigint / 1 / ~ / 3"),
        // Lines
        arguments("x,t\r1,a\r2,b", "", "x:bigint t:string / 1 <a> / 2 <b>"),
        arguments("x,t\n\n1,a\n   \n2,b\n\n\n", "", "x:bigint t:string / 1 <a> / 2 <b>"),
        arguments("x\n1\n\n3\n\n\n", "", "x:bigint / 1 / ~ / 3"),
        arguments("\uFEFFx,t\n1,a\n", "", "x:bigint t:string / 1 <a>"),
        arguments("# made by hand\nx,t\n# 1\n1,#a\n", "--comment #", "x:bigint t:string / 1 <#a>"),
        arguments("title\n\nx,t\n1,a\n", "--skip-lines 2", "x:bigint t:string / 1 <a>"),
        arguments("x,y,\n1,2,\n3,4,\n", "", "x:bigint y:bigint / 1 2 / 3 4"),
        arguments("1,2,\n3,4,\n", "", "_c0:bigint _c1:bigint / 1 2 / 3 4"),
        arguments("x,y,\n1,2,\n3,4,5\n", "", "x:bigint y:bigint _c2:bigint / 1 2 ~ / 3 4 5"),
        arguments("x,y\n", "--columns x", "x:double y:string"),
        arguments(",a\n0,1.5\n", "", "_c0:bigint a:double / 0 1.5"),
        arguments("id,x,y,,\n1,4,7,,\n", "", "id:bigint x:bigint y:bigint / 1 4 7"),
        arguments("id,,y,\n1,4,7,a\n", "", "id:bigint _c1:bigint y:bigint _c3:string / 1 4 7 <a>"),
        arguments("A,B\n1,4,\n2,5,\n", "", "A:bigint B:bigint / 1 4 / 2 5"),
        arguments("A,B,\n1,4\n2,5\n", "", "A:bigint B:bigint / 1 4 / 2 5"),
        arguments(
            "\"mpg\" \"cyl\"\n\"Mazda RX4\" 21 6\n\"Datsun 710\" 22.8 4\n",
            "",
            "_c0:string mpg:double cyl:bigint / <Mazda RX4> 21.0 6 / <Datsun 710> 22.8 4"),
        arguments(
            "a,b\nr1,1,2\nr2,3,4\n", "", "_c0:string a:bigint b:bigint / <r1> 1 2 / <r2> 3 4"),
        arguments("x,y\r\n1,2\r\n\u001a", "", "x:bigint y:bigint / 1 2"),
        arguments("ID,id,x\n1,a,3\n", "", "ID:bigint id:string x:bigint / 1 <a> 3"),
        arguments("sep=;\r\nx;t\r\n1;a,b\r\n", "", "x:bigint t:string / 1 <a,b>"),
        arguments("sep=\t\nx\tt\n1\ta\n", "", "x:bigint t:string / 1 <a>"),
        arguments("\"sep=^\"\nx^t\n1^a\n", "", "x:bigint t:string / 1 <a>"),
        arguments(
            "sep=;\n1,5;2\n2,5;3\n", "--decimal-comma", "_c0:double _c1:bigint / 1.5 2 / 2.5 3"),
        // Escaped quotes
        arguments(
            "x,t\n1,\"say \\\"a\\\", b\"\n2,\"c\\\\\"\n3,\"d\\e,\"\n4,f\\\n",
            "--escape \\",
            "x:bigint t:string / 1 <say \"a\", b> / 2 <c\\> / 3 <d\\e,> / 4 <f\\>"),
        arguments("x,t\n1,\"a\\\"\nb\"\n", "--escape \\", "x:bigint t:string / 1 <a\"\nb>"),
        // Delimiters
        arguments("x;t\n1;a,b\n", "", "x:bigint t:string / 1 <a,b>"),
        arguments("x\tt\n1\ta b\n", "", "x:bigint t:string / 1 <a b>"),
        arguments("x|t\n1|a\n", "", "x:bigint t:string / 1 <a>"),
        arguments("x:t\n1:a\n", "--delimiter :", "x:bigint t:string / 1 <a>"),
        arguments("x§t\n1§a\n", "--delimiter §", "x:bigint t:string / 1 <a>"),
        arguments("x\tt\n1\ta;b\n", "--delimiter tab", "x:bigint t:string / 1 <a;b>"),
        arguments("x;y\n1,5;2\n", "--decimal-comma", "x:double y:bigint / 1.5 2"),
        arguments("x  y\n 1   2.5\n3 4\n", "", "x:bigint y:double / 1 2.5 / 3 4.0"),
        arguments("  0.1  18.0\n  0.2  7.5\n", "", "_c0:double _c1:double / 0.1 18.0 / 0.2 7.5"),
        arguments(
            "18.0   8   307.0\t\"chevy malibu\"\n15.0   8   350.0\t\"buick\"\n",
            "",
            "_c0:double _c1:bigint _c2:double _c3:string / 18.0 8 307.0 <chevy malibu> / 15.0 8"
                + " 350.0 <buick>"),
        arguments(
            "18.0   8   307.0\t\"chevy malibu\"\n15.0   ?   350.0\t\"buick\"\n",
            "--null ?",
            "_c0:double _c1:bigint _c2:double _c3:string / 18.0 8 307.0 <chevy malibu> / 15.0 ~"
                + " 350.0 <buick>"),
        arguments("a b\n1 x\n", "--delimiter blanks", "a:bigint b:string / 1 <x>"),
        arguments("name\nJohn Smith\nJane Doe\n", "", "name:string / <John Smith> / <Jane Doe>"),
        // Headers
        arguments(
            "p,x,s,p\ne,b,s,a\n",
            "",
            "_c0:string _c1:string _c2:string _c3:string / <p> <x> <s> <p> / <e> <b> <s> <a>"),
        arguments(
            "0.02,0.5,R\n0.04,1,M\n",
            "",
            "_c0:double _c1:double _c2:string / 0.02 0.5 <R> / 0.04 1.0 <M>"),
        arguments("0.02,0.5,R\n", "", "_c0:double _c1:double _c2:string / 0.02 0.5 <R>"),
        arguments("x,t\n", "", "x:string t:string"),
        arguments("id,inf,x\n1,2,3\n", "", "id:bigint inf:bigint x:bigint / 1 2 3"),
        arguments("nan,nan\n1,2\n", "", "_c0:double _c1:double / NaN NaN / 1.0 2.0"),
        arguments("5,1.5\n6,2.5\n", "", "_c0:bigint _c1:double / 5 1.5 / 6 2.5"),
        arguments(
            "0.02,0.03,R\n0.04,0.05,M\n",
            "",
            "_c0:double _c1:double _c2:string / 0.02 0.03 <R> / 0.04 0.05 <M>"),
        arguments(
            "39,State,77516,13\n50,Self,83311,13\n",
            "",
            "_c0:bigint _c1:string _c2:bigint _c3:bigint / 39 <State> 77516 13 / 50 <Self> 83311"
                + " 13"),
        arguments(
            "country,1990,1991\nA,1.5,2\n",
            "",
            "country:string 1990:double 1991:bigint / <A> 1.5 2"),
        arguments(
            "label,0,1,2\n7,255,0,3\n", "", "label:bigint 0:bigint 1:bigint 2:bigint / 7 255 0 3"),
        arguments("\"0\",\"1\"\n5,6\n", "", "0:bigint 1:bigint / 5 6"),
        arguments("\"0\",\"1\"\n\"5\",\"6\"\n", "", "_c0:bigint _c1:bigint / 0 1 / 5 6"),
        arguments("1,2\n3,4\n", "--header", "1:bigint 2:bigint / 3 4"),
        arguments("a,b\n1,2\n", "--no-header", "_c0:string _c1:string / <a> <b> / <1> <2>"),
        arguments("x,\"a;\"\n1,2\n3,\"4\"\n", "", "x:bigint a;:bigint / 1 2 / 3 4"),
        arguments("x,\"a;b\"\n", "", "x:string a;b:string"),
        arguments("x,\"a;b\"\n1,\"c;d\"\n", "", "x:bigint a;b:string / 1 <c;d>"),
        arguments("x,\"a|b\"\n1,\"c\nd|e\"\n", "", "x:bigint a|b:string / 1 <c\nd|e>"),
        arguments("x;\"a,b\"\n1;\"c\n,\"\n", "", "x:bigint a,b:string / 1 <c\n,>"),
        arguments("\"a\n\n;b\",x\n\n1,2\n", "", "a\n\n;b:bigint x:bigint / 1 2"),
        arguments("\u2003\n1\n2\n", "", "\u2003:bigint / 1 / 2"),
        arguments("  \n\nx\n1\n", "", "x:bigint / 1"),
        arguments("\t\t\na\tb\n1\t2\n", "", "a:bigint b:bigint / 1 2"),
        arguments("\"\uFEFFx\",t\n1,a\n", "", "\uFEFFx:bigint t:string / 1 <a>"),
        arguments("PARENT,ORC\n1,2\n", "", "PARENT:bigint ORC:bigint / 1 2"),
        arguments("a\0b\0,x\nc\0,1\n", "", "a\0b\0:string x:bigint / <c\0> 1"),
        // Texts that other readers change
        arguments("t\na\n\n\"\"\n b \n", "", "t:string / <a> / ~ / <> / < b >"),
        arguments("x,t\n1,a\\\n2,\"b\\\"\n", "", "x:bigint t:string / 1 <a\\> / 2 <b\\>"),
        arguments("x,t\n1,\\N\n2,null\n", "", "x:bigint t:string / 1 <\\N> / 2 <null>"),
        arguments("x,t\n1,\"a\rb\"\n", "", "x:bigint t:string / 1 <a\rb>"),
        arguments("x,t\n1,=1+1\n2,'b'\n", "", "x:bigint t:string / 1 <=1+1> / 2 <'b'>"),
        arguments("x,t\n1,\u0085\u2028\n", "", "x:bigint t:string / 1 <\u0085\u2028>"),
        arguments(
            "x,t\n1," + "a".repeat(70_000) + "\n",
            "",
            "x:bigint t:string / 1 <" + "a".repeat(70_000) + ">"),
        arguments("x,t,\n1,,\n", "", "x:bigint t:string / 1 ~"),
        // Numbers and what is missing
        arguments("x\n1\nNA\n3\n", "--null NA", "x:bigint / 1 / ~ / 3"),
        arguments(
            "x,t\n1.5,NA\n?,b\n-,c\n",
            "--null NA,?,-",
            "x:double t:string / 1.5 <NA> / ~ <b> / ~ <c>"),
        arguments("x,y\n1,2\n-999,4\n", "--null -999", "x:bigint y:bigint / 1 2 / ~ 4"),
        arguments(
            "x,y\n-999.0,2\n -999 ,4\n1,-9.99e2\n",
            "--null -999",
            "x:bigint y:bigint / ~ 2 / ~ 4 / 1 ~"),
        arguments("a, w\n1, ?\n2, 3\n", "--null ?", "a:bigint w:double / 1 ~ / 2 3.0"),
        arguments("a , b\t,\" c \"\n1,2,3\n", "", "a:bigint b:bigint  c :bigint / 1 2 3"),
        arguments("a, a,b\n1,2,3\n", "", "a:bigint  a:bigint b:bigint / 1 2 3"),
        arguments("a, \n1,2\n", "", "a:bigint  :bigint / 1 2"),
        arguments(
            "c,x\nNaN,1\nNaN,2\nC85,3\n", "", "c:string x:bigint / <NaN> 1 / <NaN> 2 / <C85> 3"),
        arguments(
            "x,y\nnan,1\n-inf,2\nINFINITY,3\n4,5\n",
            "",
            "x:double y:bigint / NaN 1 / -Infinity 2 / Infinity 3 / 4.0 5"),
        arguments(
            "x,y\n\"1,234\",2\n\"1,234,567\",3\n",
            "--thousands ,",
            "x:bigint y:bigint / 1234 2 / 1234567 3"),
        arguments(
            "x;y\n1.234,5;2\n12;3\n",
            "--decimal-comma --thousands .",
            "x:double y:bigint / 1234.5 2 / 12.0 3"),
        arguments("x\n1\n\"1 234\"\n", "--thousands SPACE", "x:bigint / 1 / 1234"),
        arguments("x,y\n 1 ,2\n3,4\n", "", "x:double y:bigint / 1.0 2 / 3.0 4"),
        arguments(
            "x\nNaN\nInf\n-Inf\n1e400\n-0\n",
            "",
            "x:double / NaN / Infinity / -Infinity / Infinity / -0.0"),
        arguments(
            "x\n"
                + "0.1\n"
                + "123456789012345678901234567890.5\n"
                + "4.9e-324\n"
                + "2.2250738585072011e-308\n"
                + "9007199254740993.0\n",
            "",
            "x:double / 0.1 / 1.2345678901234568E29 / 4.9E-324 / 2.225073858507201E-308 /"
                + " 9.007199254740992E15"),
        arguments(
            "x\n9223372036854775807\n-9223372036854775807\n",
            "",
            "x:bigint / 9223372036854775807 / -9223372036854775807"),
        arguments("x\n9223372036854775808\n1\n", "", "x:decimal(38,0) / 9223372036854775808 / 1"),
        // Texts left alone
        arguments(
            "code,version,sku,x\n1,1.10,+5,1\n007,1.20,7,2\n",
            "--exclude code,version,sku",
            "code:string version:string sku:string x:bigint / <1> <1.10> <+5> 1 / <007> <1.20> <7>"
                + " 2"),
        arguments("id,x\n1,1\n-20,2\n", "--exclude id", "id:bigint x:bigint / 1 1 / -20 2"),
        arguments(
            "id,x\n1,1\n\"\",2\n,3\n", "--exclude id", "id:string x:bigint / <1> 1 / <> 2 / ~ 3"),
        arguments("t,x\n a ,1\n\tb,2\n", "", "t:string x:bigint / < a > 1 / <\tb> 2"),
        arguments("d,x\n2020-01-02,1\n", "", "d:string x:bigint / <2020-01-02> 1"),
        arguments("zip,x\n01234,1\n10115,2\n", "", "zip:string x:bigint / <01234> 1 / <10115> 2"),
        arguments("b,x\ntrue,1\nFALSE,2\n", "", "b:string x:bigint / <true> 1 / <FALSE> 2"),
        arguments(
            "x,x.1,x y,x\"\"z\n1,2,3,4\n",
            "",
            "x:bigint x.1:bigint x y:bigint x\"\"z:bigint / 1 2 3 4"));
  }

  @ParameterizedTest
  @MethodSource("read")
  void aFileIsReadAsItSays(String text, String asked, String expected) throws IOException {
    assertThat(shown(table(text, asked))).isEqualTo(expected);
  }

  private static final String COUNT =
      "; complete it, remove it if it is not a row, or use --delimiter if the fields are"
          + " separated differently: ";

  static Stream<Arguments> rejected() {
    return Stream.of(
        arguments("x,t\n1,a\n2\n", "", "line 3: 1 field where the header has 2" + COUNT + "2"),
        arguments("x,t\n1,a,b\n", "", "line 2: 3 fields where the header has 2" + COUNT + "1,a,b"),
        arguments("1,2\n3\n", "", "line 2: 1 field where the first line has 2" + COUNT + "3"),
        arguments(
            "\nx,\"t\n1,2\n",
            "",
            "line 2: a quote that opens a field of this line is not closed within 100 lines."),
        arguments(
            "\"x,t\n1,2\n",
            "--no-header",
            "line 1: a quote that opens a field of this line is not closed within 100 lines."),
        arguments(
            "\"x\"y,t\n1,2\n",
            "--delimiter ,",
            "line 1: text follows the closing quote of field 1; remove it, or double the quotes"
                + " inside of quotes: \"x\"y,t"),
        arguments(
            "x,t\n1,\"a\nb\n",
            "",
            "line 2: a quote that opens a field of this record is never closed."),
        arguments(
            "x,t\n1,\"a\"b\n",
            "",
            "line 2: text follows the closing quote of field 2; remove it, or double the quotes"
                + " inside of quotes: 1,\"a\"b"),
        arguments(
            "x,t\n1,\"say \\\"a\\\"\"\n",
            "",
            "line 2: text follows the closing quote of field 2; remove it, or double the quotes"
                + " inside of quotes, or use --escape '\\' if a backslash precedes them: 1,\"say"
                + " \\\"a\\\"\""),
        arguments(
            "x,n\n1,\"a\nb\"\noops,c\n3,d\n4,e\n",
            "",
            "line 4: column 'x' has 'oops', which is not a number; leave missing values empty,"
                + " remove the line if it is not a row (such as a line of units or totals), or"
                + " exclude the column."),
        arguments(
            "x\n1\nNA\n?\n2\n3\n",
            "",
            "line 3: column 'x' has 'NA', which is not a number; use --null '?,NA' if it means a"
                + " missing value, or exclude the column."),
        arguments(
            "x\n1\nNuLL\n",
            "",
            "line 3: column 'x' has 'NuLL', which is not a number; use --null 'NuLL' if it means a"
                + " missing value, or exclude the column."),
        arguments(
            "x,y\n1,1\n ,2\n",
            "",
            "line 3: column 'x' has ' ', which is not a number; use --null ' ' if it means a"
                + " missing value, or exclude the column."),
        arguments(
            "x\n1\n?\n-\n2\n",
            "--null ?",
            "line 4: column 'x' has '-', which is not a number; use --null '?,-' if it means a"
                + " missing value, or exclude the column."),
        arguments(
            "x;y\n1,5;2\n2,5;3\n",
            "",
            "line 2: column 'x' has '1,5', which is not a number; use --decimal-comma if its comma"
                + " is a decimal point, or exclude the column."),
        arguments(
            "t,x\na,1\n",
            "--columns t",
            "line 2: column 't' has 'a', which is not a number; leave missing values empty, remove"
                + " the line if it is not a row (such as a line of units or totals), or exclude the"
                + " column."),
        arguments(
            "x,y\n\"1,23\",2\n4,5\n6,7\n",
            "--thousands ,",
            "line 2: column 'x' has '1,23', which is not a number; use --decimal-comma if its comma"
                + " is a decimal point, or exclude the column."),
        arguments(
            "id;x\n1;1.234,56\n2;12,50\n",
            "",
            "line 2: column 'x' has '1.234,56', which is not a number; use --decimal-comma"
                + " --thousands '.' if it is a number written so, or exclude the column."),
        arguments(
            "id,x\n1,\"1,234.50\"\n2,14.5\n3,9\n",
            "",
            "line 2: column 'x' has '1,234.50', which is not a number; use --thousands ',' if it is"
                + " a number written so, or exclude the column."),
        arguments(
            "id,x\n1,\"1,234\"\n2,\"2,345\"\n",
            "",
            "line 2: column 'x' has '1,234', which is not a number; use --decimal-comma if its"
                + " comma is a decimal point, --thousands ',' if it stands between groups of"
                + " digits, or exclude the column."),
        arguments(
            "id;x\n1;1.5\n2;2,5\n",
            "",
            "line 3: column 'x' has '2,5', which is not a number; some numbers have a decimal point"
                + " and others a comma; write all in one way, or exclude the column."),
        arguments(
            "x;y\n1.5;2\n4,5;5\n6;7\n",
            "--decimal-comma --thousands .",
            "line 2: column 'x' has '1.5', which is not a number; leave missing values empty,"
                + " remove the line if it is not a row (such as a line of units or totals), or"
                + " exclude the column."),
        arguments(
            "x\n1\n\"1,5\"\nNA\n2\n",
            "",
            "line 3: column 'x' has '1,5', which is not a number; use --decimal-comma if its comma"
                + " is a decimal point, with --null 'NA' for missing values, or exclude the"
                + " column."),
        arguments(
            "x;y\n1.5;2\n4,5;5\n6;7\n",
            "--decimal-comma",
            "line 2: column 'x' has '1.5', which is not a number; leave missing values empty,"
                + " remove the line if it is not a row (such as a line of units or totals), or"
                + " exclude the column."));
  }

  @ParameterizedTest
  @MethodSource("rejected")
  void aFileIsRejectedInOneSentence(String text, String asked, String expected) {
    assertThatThrownBy(() -> table(text, asked))
        .isInstanceOf(DataException.class)
        .hasMessage("%s, %s", folder.resolve("a.csv"), expected);
  }

  @Test
  void whatIsDecidedIsSaid() throws IOException {
    Path file = folder.resolve("a.csv");
    assertThat(table("5,1.5\n", "").notes())
        .containsExactly(
            "The first line of %s is taken for a row, since it has numbers (5, 1.5), and the columns are called _c0, _c1, ...; use --header if it is the header."
                .formatted(file));
    assertThat(table("a,1990,1991\nx,1,2\n", "").notes())
        .containsExactly(
            "The first line of %s is taken for its header although it has numbers (1990, 1991); use --no-header if it is a row."
                .formatted(file));
    assertThat(table("x y\n1 2\n", "").notes())
        .containsExactly(
            ("%s has blanks between its columns, and is read that way; use --delimiter to change"
                    + " that.")
                .formatted(file));
    assertThat(table("x,y,\n1,2,\n", "").notes())
        .containsExactly(
            "The lines of %s end with a delimiter; the empty column behind it is left out."
                .formatted(file));
    assertThat(table("x,y\n1,\"a\nb\"\n", "").notes())
        .containsExactly(
            "%s has line breaks inside quotes, and is read by one task.".formatted(file));
    assertThat(table("id,r\n1,12%\n2,9 %\n3,\"$1,234.50\"\n", "").notes())
        .containsExactly(
            "Column 'r' is left alone: its numbers have currency or percent signs, such as '12%'.");
    assertThatThrownBy(() -> table("1,5;2,5\n", ""))
        .hasMessage("%s can be split at ',' or ';'; choose one, as in --delimiter ';'.", file);
  }

  /** What stands above the table is told with the option that passes over it. */
  @Test
  void aTitleAboveTheTableIsRejectedWithTheLinesToSkip() throws IOException {
    String title = "Report of sales\n\n# 2024\nid,x\n1,2\n2,4\n";
    assertThatThrownBy(() -> table(title, ""))
        .hasMessage(
            "%s: the first line (Report of sales) has 1 field where those below have 2; use"
                + " --skip-lines 3 to begin with line 4, --delimiter if the fields are separated"
                + " differently, or repair the first line.",
            folder.resolve("a.csv"));
    assertThat(shown(table(title, "--skip-lines 3"))).isEqualTo("id:bigint x:bigint / 1 2 / 2 4");
    assertThatThrownBy(() -> table("# x y z\n1 2 3\n4 5 6\n", ""))
        .hasMessageContaining("use --skip-lines 1 or --comment '#' to begin with line 2");
    assertThatThrownBy(() -> table("|1x3 test\n25, A, 7\n38, B, 9\n", ""))
        .hasMessageContaining("(|1x3 test) has 1 field where those below have 3");
  }

  /** Rows end with a delimiter that the header lacks, but one row has something behind it. */
  @Test
  void aFieldWithoutANameBehindTheOthersIsNotLost() {
    String rows = "1,2,\n".repeat(150) + "3,4,5\n";
    assertThatThrownBy(() -> table("x,y\n" + rows, ""))
        .hasMessage(
            "The rows of %s have a field more than its header, which is empty in the first ones and"
                + " not in all; name it in the header.",
            folder.resolve("a.csv"));
  }

  @Test
  void lettersOfOtherEncodingsAreRejectedOrReadWhenNamed() throws IOException {
    Path file = folder.resolve("latin.csv");
    Files.write(file, "name,x\nMüller,1\n".getBytes(Charset.forName("ISO-8859-1")));
    assertThatThrownBy(() -> DataReader.read(SESSION, List.of(file.toString()), options("")))
        .isInstanceOf(DataException.class)
        .hasMessage(
            "%s, line 2: the bytes here are not valid UTF-8; name the file's encoding, as in"
                + " --encoding ISO-8859-1, or repair it.",
            file);
    assertThat(
            shown(
                DataReader.read(
                    SESSION, List.of(file.toString()), options("--encoding ISO-8859-1"))))
        .isEqualTo("name:string x:bigint / <Müller> 1");
  }

  /** The typing pass and the rows agree for parts of any size. */
  @Test
  void aFileCutIntoPartsAnywhereGivesTheSameRows() throws IOException {
    List<String> texts =
        List.of(
            "x,t\n1,a\n\n2,\"b,\"\"c\"\"\"\n3,ü€😀\n",
            "\uFEFFx\r\n1\r\n\r\n\r\n4\r\n\r\n",
            "x,t\n1,\"a\nb,2\n\"\n2,c\n",
            "longname,t\r1,a\r2,b\r");
    for (String text : texts) {
      String whole = shown(table(text, ""));
      for (int size : new int[] {1, 2, 3, 5, 7, 11}) {
        SESSION.conf().set("spark.sql.files.maxPartitionBytes", Integer.toString(size));
        SESSION.conf().set("spark.sql.files.openCostInBytes", "0");
        try {
          assertThat(shown(table(text, ""))).as("parts of %d of %s", size, text).isEqualTo(whole);
        } finally {
          SESSION.conf().unset("spark.sql.files.maxPartitionBytes");
          SESSION.conf().unset("spark.sql.files.openCostInBytes");
        }
      }
    }
  }

  private InputTable table(String text, String asked) throws IOException {
    Path file = Files.writeString(folder.resolve("a.csv"), text);
    return DataReader.read(SESSION, List.of(file.toString()), options(asked));
  }
}
