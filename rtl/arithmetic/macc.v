// a * b + sum, rounded once: factors in bf16 or fp32, the sum in fp32. Combinational.
module macc #(
  parameter int FractionBits = 7  // of the factors: 7 (bf16) or 23 (fp32)
) (
  input  logic [FractionBits+8:0] a_i,
  input  logic [FractionBits+8:0] b_i,
  input  logic [31:0]             sum_i,
  output logic [31:0]             result_o
);

  localparam int Bits         = FractionBits + 1;
  localparam int ProductWidth = 2 * Bits;
  localparam int Width        = ProductWidth > 24 ? ProductWidth : 24;

  logic            a_sign, a_zero, a_infinite, a_nan;
  logic            b_sign, b_zero, b_infinite, b_nan;
  logic            s_sign, s_zero, s_infinite, s_nan;
  logic [7:0]      a_exponent, b_exponent, s_exponent;
  logic [Bits-1:0] a_significand, b_significand;
  logic [23:0]     s_significand;

  unpack #(.FractionBits(FractionBits)) u_unpack_a (
    .word_i       (a_i),
    .sign_o       (a_sign),
    .exponent_o   (a_exponent),
    .significand_o(a_significand),
    .zero_o       (a_zero),
    .infinite_o   (a_infinite),
    .nan_o        (a_nan)
  );

  unpack #(.FractionBits(FractionBits)) u_unpack_b (
    .word_i       (b_i),
    .sign_o       (b_sign),
    .exponent_o   (b_exponent),
    .significand_o(b_significand),
    .zero_o       (b_zero),
    .infinite_o   (b_infinite),
    .nan_o        (b_nan)
  );

  unpack #(.FractionBits(23)) u_unpack_sum (
    .word_i       (sum_i),
    .sign_o       (s_sign),
    .exponent_o   (s_exponent),
    .significand_o(s_significand),
    .zero_o       (s_zero),
    .infinite_o   (s_infinite),
    .nan_o        (s_nan)
  );

  // The exact product, its top bit at 1; the exponent of a zero is below all others.
  logic                    product_sign, product_zero, product_infinite;
  logic [ProductWidth-1:0] product, normal_product;
  logic signed [9:0]       exponents, product_exponent;

  assign product_sign     = a_sign ^ b_sign;
  assign product_zero     = a_zero || b_zero;
  assign product_infinite = a_infinite || b_infinite;
  assign product          = ProductWidth'(a_significand) * ProductWidth'(b_significand);
  assign normal_product   = product[ProductWidth-1] ? product : product << 1;
  assign exponents        = $signed({2'b0, a_exponent}) + $signed({2'b0, b_exponent}) - 10'sd127;
  assign product_exponent = product_zero ? -10'sd512 : exponents + {9'b0, product[ProductWidth-1]};

  logic [31:0] rounded;

  sum_round #(.Width(Width), .ShiftWidth(Width > 28 ? 6 : 5)) u_sum_round (
    .a_sign_i       (product_sign),
    .a_exponent_i   (product_exponent),
    .a_significand_i({normal_product, {(Width - ProductWidth) {1'b0}}}),
    .b_sign_i       (s_sign),
    .b_exponent_i   (s_zero ? -10'sd512 : $signed({2'b0, s_exponent})),
    .b_significand_i({s_significand, {(Width - 24) {1'b0}}}),
    .result_o       (rounded)
  );

  always_comb begin
    if (a_nan || b_nan || s_nan || (product_infinite && product_zero) ||
        (product_infinite && s_infinite && product_sign != s_sign)) begin
      result_o = 32'h7fc0_0000;
    end else if (product_infinite) begin
      result_o = {product_sign, 8'hff, 23'b0};
    end else if (s_infinite) begin
      result_o = {s_sign, 8'hff, 23'b0};
    end else begin
      result_o = rounded;
    end
  end

`ifdef VERILATOR
  always_comb begin
    assert (result_o[30:23] != 8'h00 || result_o[22:0] == '0);
    assert (result_o[30:23] != 8'hff || result_o[22:0] == '0 || result_o == 32'h7fc0_0000);
  end
`endif

endmodule
