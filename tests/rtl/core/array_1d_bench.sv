// Random control words into lane 0, and words that come from above into every bank, on integers. The word of cycle s counts
// for lane c in cycle s + c; its result is in the lane's bank in the cycle after, and at the top Rows cycles later.
module array_1d_bench;
  import lane_control_pkg::*;
  `include "numbers.svh"
  localparam int Lanes = `Lanes, Rows = `Rows, BankWords = `BankWords, Cycles = 400, Window = 16;
  localparam int Inputs = BankWords / 2;  // words that come from above; results go to the other half
  logic clk = 0, rst = 1;
  lane_control_t control = 0;
  logic [31:0] a_constant = 0, b_constant = 0;
  logic [Lanes-1:0] below_valid = 0, up_valid;
  logic [16*Lanes-1:0] below_address = 0, edge_address, store_address = 0;
  logic [32*Lanes-1:0] below_data = 0, edge_data, store_data;
  array_1d u_array (
    .clk_i(clk), .rst_i(rst), .control_i(control), .a_constant_i(a_constant), .b_constant_i(b_constant),
    .below_valid_i(below_valid), .below_address_i(below_address), .below_data_i(below_data), .up_valid_o(up_valid),
    .edge_address_o(edge_address), .edge_data_o(edge_data),
    .drain_valid_i({Lanes{1'b0}}), .drain_address_i({Lanes{16'b0}}), .drain_data_i({Lanes{32'b0}}),
    .load_valid_i({Lanes{1'b0}}), .load_address_i(16'b0), .load_data_i(32'b0), .store_address_i(store_address), .store_data_o(store_data)
  );

  // Words and constants by their cycle, and what is wanted at the top by cycle and lane, in rings.
  lane_control_t words [Window], word;
  lane_step_t    now;
  integer a_constants [Window], b_constants [Window];
  logic [48:0] wanted_up [Window*Lanes];  // valid, address, data
  integer banks [Lanes*BankWords];
  integer below [Lanes];
  integer cycle, c, slot, a, b, result, errors = 0, checks = 0, ups = 0, at;
  task expect_true(input logic right, input integer what);
    checks = checks + 1;
    if (right !== 1'b1) begin
      errors = errors + 1;
      if (errors < 6) $display("cycle %0d, lane %0d: check %0d", cycle, c, what);
    end
  endtask

  initial begin
    for (slot = 0; slot < Window; slot = slot + 1) words[slot] = 0;
    for (slot = 0; slot < Window * Lanes; slot = slot + 1) wanted_up[slot] = 0;
    for (cycle = 0; cycle < Rows + Lanes + 2; cycle = cycle + 1) begin  // until the paths are empty
      #1 clk = 1;
      #1 clk = 0;
    end
    rst = 0;
    for (cycle = Window; cycle < Cycles && errors < 20; cycle = cycle + 1) begin
      // Every word once from above, then any of the inputs.
      for (c = 0; c < Lanes; c = c + 1) begin
        at = cycle - Window < BankWords ? cycle - Window : $urandom % Inputs;
        below[c] = 2 * drawn(50) + 1;
        below_valid[c] = cycle - Window < BankWords || $urandom % 2 == 0;
        below_address[16*c+:16] = 16'(at);
        below_data[32*c+:32] = fp32_of(below[c]);
        store_address[16*c+:16] = 16'($urandom % BankWords);
      end
      // Inputs are odd: a product that is zero would have a sign. Sums take one result and products none, so that
      // everything stays below 2^24.
      control = 0;
      a_constants[cycle%Window] = 2 * drawn(50) + 1;
      b_constants[cycle%Window] = 2 * drawn(50) + 1;
      a_constant = fp32_of(a_constants[cycle%Window]);
      b_constant = fp32_of(b_constants[cycle%Window]);
      if (cycle >= Window + BankWords) begin
        now = 0;
        {control.write, control.up} = $urandom;
        now.a = LaneBankA;
        now.b = LaneBankB;
        if ($urandom % 2 == 0) now.a = LaneConstantA;
        if ($urandom % 2 == 0) now.b = LaneConstantB;
        case ($urandom % 3)
          0:       now.op = LaneMax;
          1:       now.op = LaneAdd;
          default: now.op = LaneMultiply;
        endcase
        control.step = now;
        control.a = 16'($urandom % (now.op == LaneMax ? BankWords : Inputs));
        control.b = 16'($urandom % (now.op == LaneMultiply ? Inputs : BankWords));
        control.to = 16'(Inputs + $urandom % (BankWords - Inputs));
        control.edge_to = 16'($urandom);
        control.lanes = 5'($urandom % (Lanes + 1));
      end
      words[cycle%Window] = control;
      #1;
      for (c = 0; c < Lanes; c = c + 1) begin
        slot = cycle % Window * Lanes + c;
        expect_true(up_valid[c] === wanted_up[slot][48], 1);
        if (wanted_up[slot][48]) begin
          ups = ups + 1;
          expect_true({edge_address[16*c+:16], edge_data[32*c+:32]} === wanted_up[slot][47:0], 2);
        end
        if (cycle >= Window + BankWords)
          expect_true(store_data[32*c+:32] === fp32_of(banks[c*BankWords+store_address[16*c+:16]]), 3);

        slot = (cycle - c) % Window;
        word = words[slot];
        now = word.step;
        a = now.a == LaneConstantA ? a_constants[slot] : banks[c*BankWords+word.a];
        b = now.b == LaneConstantB ? b_constants[slot] : banks[c*BankWords+word.b];
        case (now.op)
          LaneMax: result = larger(a, b);
          LaneAdd: result = a + b;
          default: result = a * b;
        endcase
        wanted_up[(cycle+Rows)%Window*Lanes+c] = {word.write && word.up && c < word.lanes, word.edge_to, fp32_of(result)};
        if (below_valid[c]) banks[c*BankWords+below_address[16*c+:16]] = below[c];
        if (word.write && c < word.lanes) banks[c*BankWords+word.to] = result;
      end
      #1 clk = 1;
      #1 clk = 0;
    end
    if (errors == 0 && ups > 70) $display("PASSED %0d checks", checks);
    else $display("FAILED %0d of %0d checks", errors, checks);
    $finish;
  end
endmodule
