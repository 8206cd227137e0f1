/** The command line on a real node, and its parsing on none. */
package io.payonce.examples.cli;
