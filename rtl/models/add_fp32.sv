// a + b, or a - b.
module add_fp32 (
  input  logic [31:0] a_i,
  input  logic [31:0] b_i,
  input  logic        subtract_i,
  output logic [31:0] result_o
);
  always_comb begin
    result_o = '0;
    if ({a_i, b_i} != '0) result_o = arithmetic_pkg::attnsim_add(a_i, b_i, 32'(subtract_i));
  end
endmodule
