/**
 * The experiments behind {@code jobs/experiment}: each shows a claim about batch normalization on
 * the ordinary trainer, and says whether it holds here.
 *
 * <p>An {@link org.syncbn.experiment.Experiment} is a run file among the resources and a few lines
 * that train its variants, measure them and come to a verdict. Imports {@code train} and what that
 * imports, {@code report} and {@code cli}. Read {@link org.syncbn.experiment.Experiment} first,
 * then {@code Convergence}, the model of the others, and {@code Lab}, which trains.
 */
package org.syncbn.experiment;
