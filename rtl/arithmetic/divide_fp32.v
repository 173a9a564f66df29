// a / b in fp32, correctly rounded; 0 / 0 = 0, x / 0 = inf. Combinational: 26 rows of restoring division.
module divide_fp32 (
  input  logic [31:0] a_i,
  input  logic [31:0] b_i,
  output logic [31:0] result_o
);

  logic        a_sign, a_zero, a_infinite, a_nan;
  logic        b_sign, b_zero, b_infinite, b_nan;
  logic [7:0]  a_exponent, b_exponent;
  logic [23:0] a_significand, b_significand;

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
    .word_i       (b_i),
    .sign_o       (b_sign),
    .exponent_o   (b_exponent),
    .significand_o(b_significand),
    .zero_o       (b_zero),
    .infinite_o   (b_infinite),
    .nan_o        (b_nan)
  );

  // One bit of the quotient a row: bit 25 is worth 1, the last one 2^-25.
  logic [24:0] remainder, divisor;
  logic [25:0] quotient;

  assign divisor = {1'b0, b_significand};

  always_comb begin
    remainder = {1'b0, a_significand};
    quotient  = '0;
    for (int row = 0; row < 26; row++) begin
      if (remainder >= divisor) begin
        remainder = (remainder - divisor) << 1;
        quotient  = (quotient << 1) | 26'd1;
      end else begin
        remainder = remainder << 1;
        quotient  = quotient << 1;
      end
    end
  end

  // A quotient below 1 moves up by one; both ways 24 bits are kept.
  logic              below_one, guard, rest, up;
  logic [22:0]       kept, fraction;
  logic signed [9:0] exponent, rounded_exponent;
  logic [7:0]        field;
  logic              sign;

  assign below_one = !quotient[25];
  assign kept      = below_one ? quotient[23:1] : quotient[24:2];
  assign guard     = below_one ? quotient[0] : quotient[1];
  assign rest      = remainder != '0 || (!below_one && quotient[0]);
  assign up        = guard && (rest || kept[0]);
  assign exponent  = $signed({2'b0, a_exponent}) - $signed({2'b0, b_exponent}) + 10'sd127 - $signed({9'b0, below_one});
  assign {rounded_exponent, fraction} = {exponent, kept} + {32'b0, up};
  assign field     = rounded_exponent[7:0];
  assign sign      = a_sign ^ b_sign;

  always_comb begin
    if (a_nan || b_nan || (a_infinite && b_infinite)) result_o = 32'h7fc0_0000;
    else if (a_zero && b_zero) result_o = 32'h0;
    else if (a_infinite || b_zero) result_o = {sign, 8'hff, 23'b0};
    else if (a_zero || b_infinite || exponent < 10'sd0) result_o = {sign, 31'b0};
    // Half a subnormal's unit below the smallest normal number: rounds to it.
    else if (exponent == 10'sd0) result_o = {sign, 7'b0, kept == '1, 23'b0};
    else if (rounded_exponent >= 10'sd255) result_o = {sign, 8'hff, 23'b0};
    else result_o = {sign, field, fraction};
  end

`ifdef VERILATOR
  always_comb begin
    assert (a_zero || b_zero || quotient[25] || quotient[24]);  // between 1/2 and 2
    assert (b_zero || remainder < {b_significand, 1'b0});
  end
`endif

endmodule
