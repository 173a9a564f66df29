// Integers as fp32 and bf16 words, for benches that compute in integers what a PE must find exactly. Lowest stands for
// -infinity.
localparam integer Lowest = 32'sh8000_0001;

// Of less than 2^24 in size.
function [31:0] fp32_of(input integer value);
  integer size, exponent;
  begin
    size = value < 0 ? -value : value;
    exponent = 150;
    if (size != 0) begin
      while (size < 2 ** 23) begin
        size = size * 2;
        exponent = exponent - 1;
      end
    end
    if (value == Lowest) fp32_of = 32'hff80_0000;
    else if (value == 0) fp32_of = 32'h0;
    else fp32_of = {value < 0, exponent[7:0], size[22:0]};
  end
endfunction

// To 8 significant bits, ties to even.
function integer rounded(input integer value);
  integer size, unit, rest;
  begin
    size = value < 0 ? -value : value;
    unit = 1;
    while (size / unit >= 256) unit = unit * 2;
    rest = size % unit;
    size = size / unit;
    if (2 * rest > unit || (2 * rest == unit && size % 2 == 1)) size = size + 1;
    rounded = (value < 0 ? -1 : 1) * size * unit;
  end
endfunction

function [15:0] bf16_of(input integer value);
  reg [31:0] word;
  begin
    word = fp32_of(rounded(value));
    bf16_of = word[31:16];
  end
endfunction

function integer sum_of(input integer a, input integer b);
  sum_of = a == Lowest || b == Lowest ? Lowest : a + b;
endfunction

function integer larger(input integer a, input integer b);
  larger = a > b ? a : b;
endfunction

// From -most to most.
function integer drawn(input integer most);
  drawn = $urandom % (2 * most + 1) - most;
endfunction

// Whether a positive word is exp(exponent), to 2 % (the bf16 running value of the polynomial); tests of rtl/arithmetic
// and of the engine have every bit of it.
function is_exp_of(input [31:0] word, input real exponent);
  real found;
  begin
    found = (1.0 + word[22:0] / 8388608.0) * 2.0 ** (word[30:23] - 127.0);
    is_exp_of = !word[31] && found > 0.98 * $exp(exponent) && found < 1.02 * $exp(exponent);
    if (exponent == 0.0) is_exp_of = word == 32'h3f80_0000;
    if (exponent < -100.0) is_exp_of = word == 32'h0;
  end
endfunction
