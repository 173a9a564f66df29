// The PE functions of arch/arithmetic as SystemVerilog calls them: words in, words out. The modules of this folder stand
// in for those of rtl/arithmetic of the same names, which are shown equal to these functions bit by bit, where an array
// is so large that simulating every gate of every PE takes too long. Not for synthesis.
package arithmetic_pkg;
  import "DPI-C" pure function int unsigned attnsim_macc(int unsigned a, int unsigned b, int unsigned sum, int unsigned is_wide);
  import "DPI-C" pure function int unsigned attnsim_round(int unsigned value);
  import "DPI-C" pure function int unsigned attnsim_add(int unsigned a, int unsigned b, int unsigned subtracts);
  import "DPI-C" pure function int unsigned attnsim_max(int unsigned a, int unsigned b);
  import "DPI-C" pure function int unsigned attnsim_divide(int unsigned a, int unsigned b);
  import "DPI-C" pure function int unsigned attnsim_exp_factors(int unsigned step, int unsigned x, int unsigned running);
  import "DPI-C" pure function int unsigned attnsim_exp_sum(int unsigned step, int unsigned running);
  import "DPI-C" pure function int unsigned attnsim_exp_exponent(int unsigned x);
  import "DPI-C" pure function int unsigned attnsim_exp_scale(int unsigned p, int unsigned n);
endpackage
