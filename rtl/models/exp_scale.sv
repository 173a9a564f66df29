// p * 2^n.
module exp_scale (
  input  logic [31:0]       p_i,
  input  logic signed [8:0] n_i,
  output logic [31:0]       result_o
);
  always_comb begin
    result_o = '0;
    if (p_i != '0) result_o = arithmetic_pkg::attnsim_exp_scale(p_i, 32'(n_i));
  end
endmodule
