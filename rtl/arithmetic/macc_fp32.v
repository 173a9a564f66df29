// a * b + sum with fp32 factors: the MACC of the 1D array. Rules as in macc.v. Combinational.
module macc_fp32 (
  input  logic [31:0] a_i,
  input  logic [31:0] b_i,
  input  logic [31:0] sum_i,
  output logic [31:0] result_o
);

  macc #(.FractionBits(23)) u_macc (
    .a_i     (a_i),
    .b_i     (b_i),
    .sum_i   (sum_i),
    .result_o(result_o)
  );

`ifdef VERILATOR
  // A NaN among the operands gives one.
  always_comb assert (sum_i[30:0] <= 31'h7f80_0000 || result_o == 32'h7fc0_0000);
`endif

endmodule
