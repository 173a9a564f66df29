// a * b + sum of bf16 factors.
module macc_bf16 (
  input  logic [15:0] a_i,
  input  logic [15:0] b_i,
  input  logic [31:0] sum_i,
  output logic [31:0] result_o
);
  // A unit at rest is given zeros, which take no call.
  always_comb begin
    result_o = '0;
    if ({a_i, b_i, sum_i} != '0) result_o = arithmetic_pkg::attnsim_macc({a_i, 16'b0}, {b_i, 16'b0}, sum_i, 0);
  end
endmodule
