// a + b, or a - b, in fp32. -inf on the left stays: -inf + x = -inf - x = -inf for every x but NaN. Combinational.
module add_fp32 (
  input  logic [31:0] a_i,
  input  logic [31:0] b_i,
  input  logic        subtract_i,
  output logic [31:0] result_o
);

  logic        a_sign, a_zero, a_infinite, a_nan;
  logic        b_sign, b_zero, b_infinite, b_nan;
  logic [7:0]  a_exponent, b_exponent;
  logic [23:0] a_significand, b_significand;
  logic [31:0] rounded;

  unpack #(.FractionBits(23)) u_unpack_a (
    .word_i       (a_i),
    .sign_o       (a_sign),
    .exponent_o   (a_exponent),
    .significand_o(a_significand),
    .zero_o       (a_zero),
    .infinite_o   (a_infinite),
    .nan_o        (a_nan)
  );

  unpack #(.FractionBits(23)) u_unpack_b (
    .word_i       ({b_i[31] ^ subtract_i, b_i[30:0]}),
    .sign_o       (b_sign),
    .exponent_o   (b_exponent),
    .significand_o(b_significand),
    .zero_o       (b_zero),
    .infinite_o   (b_infinite),
    .nan_o        (b_nan)
  );

  sum_round #(.Width(24), .ShiftWidth(5)) u_sum_round (
    .a_sign_i       (a_sign),
    .a_exponent_i   (a_zero ? -10'sd512 : $signed({2'b0, a_exponent})),
    .a_significand_i(a_significand),
    .b_sign_i       (b_sign),
    .b_exponent_i   (b_zero ? -10'sd512 : $signed({2'b0, b_exponent})),
    .b_significand_i(b_significand),
    .result_o       (rounded)
  );

  always_comb begin
    if (a_nan || b_nan) result_o = 32'h7fc0_0000;
    else if (a_infinite && a_sign) result_o = 32'hff80_0000;
    else if (a_infinite && b_infinite && b_sign) result_o = 32'h7fc0_0000;
    else if (a_infinite) result_o = 32'h7f80_0000;
    else if (b_infinite) result_o = {b_sign, 8'hff, 23'b0};
    else result_o = rounded;
  end

`ifdef VERILATOR
  always_comb assert (a_i != 32'hff80_0000 || b_nan || result_o == 32'hff80_0000);
`endif

endmodule
