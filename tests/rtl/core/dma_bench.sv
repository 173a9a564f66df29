// Random transfers of a DMA. Word k of a transfer (outer index first) is handled in the cycle k / PerCycle after the
// start, on port k % PerCycle; what comes of it is on the ports a fixed number of cycles later. All words are functions of
// where they lie and, for stores, of the cycle in which they are taken.
module dma_bench;
  localparam int PerCycle = `WordsPerCycle, Latency = `Latency, Columns = `Columns, Cycles = 4000, Window = 64;
  logic clk = 0, rst = 1, start = 0, active = 0, last;
  logic store = 0, from_array = 0, bank_is_outer = 0;
  logic [15:0] outer = 1, inner = 1, address = 0;
  logic [31:0] dram = 0, dram_outer = 0, dram_inner = 0;
  logic [32*PerCycle-1:0] read_address, dram_write_address, pe_data;
  logic [16*PerCycle-1:0] read_data, dram_write_data, bank_address, bank_data;
  logic [PerCycle-1:0]    dram_write, write_top, write_left;
  logic [8*PerCycle-1:0]  bank_number, pe_row, pe_column;
  logic [16*PerCycle*Columns-1:0] lane_address;
  logic [32*PerCycle*Columns-1:0] lane_data;
  logic [3:0] pe_register;
  dma u_dma (
    .clk_i(clk), .rst_i(rst), .start_i(start), .active_i(active), .store_i(store), .array_i(from_array), .lane_i(1'b0),
    .bank_is_outer_i(bank_is_outer), .outer_i(outer), .inner_i(inner), .address_i(address), .dram_i(dram),
    .dram_outer_i(dram_outer), .dram_inner_i(dram_inner), .last_o(last), .dram_read_address_o(read_address),
    .dram_read_data_i(read_data), .dram_write_o(dram_write), .dram_write_address_o(dram_write_address),
    .dram_write_data_o(dram_write_data), .write_top_o(write_top), .write_left_o(write_left),
    .write_bank_o(bank_number), .write_address_o(bank_address), .write_data_o(bank_data),
    .lane_address_o(lane_address), .lane_data_i(lane_data), .pe_row_o(pe_row), .pe_column_o(pe_column),
    .pe_register_o(pe_register), .pe_data_i(pe_data)
  );

  integer cycle = 0, port, lane;
  function [15:0] dram_word(input [31:0] at);
    dram_word = at[15:0] * 16'd40503 + 16'd7;
  endfunction
  // fp32 numbers between 2^-31 and 2^1, the low half above or below the middle between two bf16 numbers.
  function [31:0] wide_word(input integer seed);
    wide_word = {4'h3, 12'(seed * 2654), seed[0] ? 16'hc000 : 16'h4000};
  endfunction
  function [15:0] rounded(input [31:0] word);
    rounded = word[31:16] + 16'(word[15]);
  endfunction
  function [31:0] lane_word(input integer number, input [15:0] at, input integer when);
    lane_word = wide_word(32'(at) * 7 + number * 31 + when * 3);
  endfunction
  function [31:0] pe_word(input [7:0] row, input [7:0] column, input [3:0] register, input integer when);
    pe_word = wide_word(32'(row) * 5 + 32'(column) * 11 + 32'(register) * 17 + when * 3);
  endfunction
  always_comb begin
    for (port = 0; port < PerCycle; port = port + 1) begin
      read_data[16*port+:16] = dram_word(read_address[32*port+:32]);
      pe_data[32*port+:32] = pe_word(pe_row[8*port+:8], pe_column[8*port+:8], pe_register, cycle);
      for (lane = 0; lane < Columns; lane = lane + 1)
        lane_data[32*(lane*PerCycle+port)+:32] = lane_word(lane, lane_address[16*(lane*PerCycle+port)+:16], cycle);
    end
  end

  // What is wanted on the ports, by cycle and port: {valid, ...}, in rings.
  logic [41:0] loads  [Window*PerCycle];  // valid, top, bank, address, data
  logic [48:0] stores [Window*PerCycle];  // valid, DRAM address, data
  integer errors = 0, done = 0, begun = 0, words, k, p, slot, o, n, bank, at;
  logic [31:0] place, taken;
  task expect_true(input logic right);
    if (right !== 1'b1) begin
      errors = errors + 1;
      if (errors < 6) $display("cycle %0d: wrong", cycle);
    end
  endtask

  initial begin
    for (k = 0; k < Window * PerCycle; k = k + 1) {loads[k], stores[k]} = 0;
    for (k = 0; k < 2 * Latency; k = k + 1) begin  // until the pipelines are empty
      #1 clk = 1;
      #1 clk = 0;
    end
    rst = 0;
    for (cycle = 0; cycle < Cycles && errors < 20; cycle = cycle + 1) begin
      start = 0;
      if (!active && $urandom % 4 != 0) begin
        {store, from_array, bank_is_outer} = 3'($urandom);
        outer = 16'(1 + $urandom % 6);
        inner = 16'(1 + $urandom % 6);
        if (store && !from_array) begin  // as many lanes as there are
          if (bank_is_outer) outer = 16'(1 + $urandom % Columns);
          else inner = 16'(1 + $urandom % Columns);
        end
        address = 16'($urandom % 16);
        dram = $urandom % 4096;
        dram_outer = $urandom % 64;
        dram_inner = $urandom % 64;
        start = 1;
        active = 1;
        begun = cycle;
        words = 32'(outer) * 32'(inner);
        for (k = 0; k < words; k = k + 1) begin
          o = k / 32'(inner);
          n = k % 32'(inner);
          bank = bank_is_outer ? o : n;
          at = 32'(address) + (bank_is_outer ? n : o);
          place = dram + o * dram_outer + n * dram_inner;
          if (store) begin
            p = cycle + k / PerCycle;
            slot = (p + Columns - 1) % Window * PerCycle + k % PerCycle;
            taken = from_array ? pe_word(8'(bank), 8'(bank_is_outer ? n : o), address[3:0], p)
                               : lane_word(bank, 16'(at), p + bank);
            stores[slot] = {1'b1, place, rounded(taken)};
          end else begin
            slot = (cycle + k / PerCycle + Latency) % Window * PerCycle + k % PerCycle;
            loads[slot] = {1'b1, from_array, 8'(bank), 16'(at), dram_word(place)};
          end
        end
      end
      #1;
      if (active) expect_true(last == (cycle - begun == (words - 1) / PerCycle));
      for (port = 0; port < PerCycle; port = port + 1) begin
        slot = cycle % Window * PerCycle + port;
        expect_true(write_top[port] == (loads[slot][41:40] == 2'b11) && write_left[port] == (loads[slot][41:40] == 2'b10));
        if (loads[slot][41])
          expect_true({bank_number[8*port+:8], bank_address[16*port+:16], bank_data[16*port+:16]} == loads[slot][39:0]);
        expect_true(dram_write[port] == stores[slot][48]);
        if (stores[slot][48])
          expect_true({dram_write_address[32*port+:32], dram_write_data[16*port+:16]} == stores[slot][47:0]);
        {loads[slot], stores[slot]} = 0;
      end
      #1 clk = 1;
      #1;
      if (active && cycle - begun == (words - 1) / PerCycle) begin
        active = 0;
        done = done + 1;
      end
      clk = 0;
    end
    if (errors == 0 && done > 400) $display("PASSED %0d transfers", done);
    else $display("FAILED %0d errors in %0d transfers", errors, done);
    $finish;
  end
endmodule
