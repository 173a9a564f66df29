// The larger of two fp32 numbers; NaN where either is, +0 over -0, subnormals as zeros. Combinational.
module max_fp32 (
  input  logic [31:0] a_i,
  input  logic [31:0] b_i,
  output logic [31:0] result_o
);

  logic [31:0] a, b;
  logic        nan, a_larger;

  assign a   = a_i[30:23] == 8'h00 ? {a_i[31], 31'b0} : a_i;
  assign b   = b_i[30:23] == 8'h00 ? {b_i[31], 31'b0} : b_i;
  assign nan = a[30:0] > 31'h7f80_0000 || b[30:0] > 31'h7f80_0000;

  // The order of sign and magnitude, in which -0 is below +0.
  assign a_larger = a[31] != b[31] ? b[31] : a[31] ? a[30:0] < b[30:0] : a[30:0] > b[30:0];
  assign result_o = nan ? 32'h7fc0_0000 : a_larger ? a : b;

`ifdef VERILATOR
  always_comb assert (nan || result_o == a || result_o == b);
`endif

endmodule
