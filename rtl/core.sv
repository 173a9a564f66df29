// The core: sequencers with their token counters, DMA, DRAM, banks and both arrays. The host puts one instruction a unit
// on the ports, which stays until pop_o; when each starts and ends follows from tokens and datapaths alone.
module core
  import pe_control_pkg::*;
  import lane_control_pkg::*;
#(
  parameter int unsigned Rows         = 4,
  parameter int unsigned Columns      = 4,
  parameter int unsigned Channels     = 64,
  parameter int unsigned DramLatency  = 20,
  parameter int unsigned BankWords    = 8192,   // of each top, left and lane bank
  parameter int unsigned ExtraHops    = 0       // a fault to be found: registers too many under each column
) (
  input  logic                clk_i,
  input  logic                rst_i,
  // Channels.
  input  logic                set_i,
  input  logic [7:0]          set_channel_i,
  input  logic [5:0]          set_latency_i,
  input  logic [15:0]         set_tokens_i,
  // Instructions: bit 0 of each dma, bit 1 array_2d, bit 2 array_1d.
  input  logic [2:0]          valid_i,
  output logic [2:0]          start_o,
  output logic [2:0]          pop_o,
  input  logic [Channels-1:0] dma_waits_i,
  input  logic [Channels-1:0] dma_posts_i,
  input  logic                dma_store_i,
  input  logic                dma_array_i,
  input  logic                dma_lane_i,
  input  logic                dma_bank_is_outer_i,
  input  logic [15:0]         dma_outer_i,
  input  logic [15:0]         dma_inner_i,
  input  logic [15:0]         dma_address_i,
  input  logic [31:0]         dma_dram_i,
  input  logic [31:0]         dma_dram_outer_i,
  input  logic [31:0]         dma_dram_inner_i,
  input  logic [Channels-1:0] pe_waits_i,
  input  logic [Channels-1:0] pe_posts_i,
  input  logic [Channels-1:0] pe_offset_posts_i,
  input  logic [15:0]         pe_offset_i,
  input  logic [3:0]          pe_op_i,
  input  logic [15:0]         pe_steps_i,
  input  logic                pe_masked_i,
  input  logic                pe_first_i,
  input  logic                pe_write_i,
  input  logic                pe_scaled_i,
  input  logic [15:0]         pe_scale_i,
  input  logic [3:0]          pe_from_i,
  input  logic [3:0]          pe_to_i,
  input  logic [15:0]         pe_left_i,
  input  logic [15:0]         pe_top_i,
  input  logic [15:0]         pe_lane_i,
  input  logic [4:0]          pe_rows_i,
  input  logic [4:0]          pe_columns_i,
  input  logic                pe_drains_i,
  input  logic [Rows*Columns-1:0] pe_mask_i,
  input  logic [Channels-1:0] lane_waits_i,
  input  logic [Channels-1:0] lane_posts_i,
  input  logic [Channels-1:0] lane_offset_posts_i,
  input  logic [15:0]         lane_offset_i,
  input  logic [13*8-1:0]     lane_program_i,
  input  logic [3:0]          lane_length_i,
  input  logic [15:0]         lane_outer_i,
  input  logic [15:0]         lane_inner_i,
  input  logic                lane_adds_up_i,
  input  logic [1:0]          lane_sum_source_i,
  input  logic [31:0]         lane_a_constant_i,
  input  logic [31:0]         lane_b_constant_i,
  input  logic [15:0]         lane_a_i,
  input  logic [15:0]         lane_a_outer_i,
  input  logic [15:0]         lane_a_inner_i,
  input  logic [15:0]         lane_b_i,
  input  logic [15:0]         lane_b_outer_i,
  input  logic [15:0]         lane_b_inner_i,
  input  logic [15:0]         lane_sum_i,
  input  logic [15:0]         lane_to_i,
  input  logic [15:0]         lane_edge_i,
  input  logic [15:0]         lane_to_outer_i,
  input  logic                lane_up_i,
  input  logic                lane_aside_i,
  input  logic [4:0]          lane_lanes_i
);
  localparam int unsigned WordsPerCycle = Columns / 2;
  localparam int unsigned Registers     = 16;

  // Tokens. Each channel has one unit that posts and one that waits.
  logic [Channels-1:0] available, take [3], post [3], takes, posts;
  assign takes = take[0] | take[1] | take[2];
  assign posts = post[0] | post[1] | post[2];
  for (genvar i = 0; i < int'(Channels); i++) begin : g_channel
    token_counter u_counter (
      .clk_i,
      .rst_i,
      .set_i       (set_i && set_channel_i == 8'(i)),
      .latency_i   (set_latency_i),
      .initial_i   (set_tokens_i),
      .post_i      (posts[i]),
      .take_i      (takes[i]),
      .available_o (available[i])
    );
  end

  logic [2:0] active, last;
  sequencer #(.Channels(Channels)) u_dma_sequencer (
    .clk_i, .rst_i, .valid_i(valid_i[0]), .waits_i(dma_waits_i), .end_posts_i(dma_posts_i), .offset_posts_i('0),
    .offset_i('0), .pop_o(pop_o[0]), .available_i(available), .take_o(take[0]), .post_o(post[0]),
    .start_o(start_o[0]), .active_o(active[0]), .last_i(last[0])
  );
  sequencer #(.Channels(Channels)) u_array_2d_sequencer (
    .clk_i, .rst_i, .valid_i(valid_i[1]), .waits_i(pe_waits_i), .end_posts_i(pe_posts_i),
    .offset_posts_i(pe_offset_posts_i), .offset_i(pe_offset_i), .pop_o(pop_o[1]), .available_i(available),
    .take_o(take[1]), .post_o(post[1]), .start_o(start_o[1]), .active_o(active[1]), .last_i(last[1])
  );
  sequencer #(.Channels(Channels)) u_array_1d_sequencer (
    .clk_i, .rst_i, .valid_i(valid_i[2]), .waits_i(lane_waits_i), .end_posts_i(lane_posts_i),
    .offset_posts_i(lane_offset_posts_i), .offset_i(lane_offset_i), .pop_o(pop_o[2]), .available_i(available),
    .take_o(take[2]), .post_o(post[2]), .start_o(start_o[2]), .active_o(active[2]), .last_i(last[2])
  );

  // DMA and DRAM.
  logic [32*WordsPerCycle-1:0] dram_read_address, dram_write_address, pe_data;
  logic [16*WordsPerCycle-1:0] dram_read_data, dram_write_data, load_address, load_data;
  logic [WordsPerCycle-1:0]    dram_write, load_top, load_left, load_lane;
  logic [8*WordsPerCycle-1:0]  load_bank, pe_row, pe_column;
  logic [3:0]                  pe_register;
  logic [16*WordsPerCycle*Columns-1:0] store_address;
  logic [32*WordsPerCycle*Columns-1:0] store_data;
  dma #(.WordsPerCycle(WordsPerCycle), .Latency(DramLatency), .Columns(Columns)) u_dma (
    .clk_i,
    .rst_i,
    .start_i              (start_o[0]),
    .active_i             (active[0]),
    .store_i              (dma_store_i),
    .array_i              (dma_array_i),
    .lane_i               (dma_lane_i),
    .bank_is_outer_i      (dma_bank_is_outer_i),
    .outer_i              (dma_outer_i),
    .inner_i              (dma_inner_i),
    .address_i            (dma_address_i),
    .dram_i               (dma_dram_i),
    .dram_outer_i         (dma_dram_outer_i),
    .dram_inner_i         (dma_dram_inner_i),
    .last_o               (last[0]),
    .dram_read_address_o  (dram_read_address),
    .dram_read_data_i     (dram_read_data),
    .dram_write_o         (dram_write),
    .dram_write_address_o (dram_write_address),
    .dram_write_data_o    (dram_write_data),
    .write_top_o          (load_top),
    .write_left_o         (load_left),
    .write_lane_o         (load_lane),
    .write_bank_o         (load_bank),
    .write_address_o      (load_address),
    .write_data_o         (load_data),
    .lane_address_o       (store_address),
    .lane_data_i          (store_data),
    .pe_row_o             (pe_row),
    .pe_column_o          (pe_column),
    .pe_register_o        (pe_register),
    .pe_data_i            (pe_data)
  );
  dram #(.Ports(WordsPerCycle)) u_dram (
    .clk_i,
    .read_address_i  (dram_read_address),
    .read_data_o     (dram_read_data),
    .write_i         (dram_write),
    .write_address_i (dram_write_address),
    .write_data_i    (dram_write_data)
  );

  // Banks at the edges of the 2D array: bf16 operands on the left; on top also the lanes' fp32 results.
  logic [16*Columns-1:0] top_address, below_address, drain_address, edge_address;
  logic [32*Columns-1:0] top_data, below_data, drain_data, edge_data;
  logic [Columns-1:0]    below_valid, drain_valid, up_valid, aside_valid;
  logic [WordsPerCycle*Columns-1:0] load_lanes;
  logic [16*Rows-1:0]    left_address, left_data;
  logic [32*WordsPerCycle-1:0] load_wide;
  for (genvar w = 0; w < int'(WordsPerCycle); w++) begin : g_widen
    assign load_wide[32*w+:32] = {load_data[16*w+:16], 16'b0};
  end
  for (genvar c = 0; c < int'(Columns); c++) begin : g_top
    logic [WordsPerCycle-1:0] mine;
    for (genvar w = 0; w < int'(WordsPerCycle); w++) begin : g_mine
      assign mine[w] = load_top[w] && load_bank[8*w+:8] == 8'(c);
      assign load_lanes[WordsPerCycle*c+w] = load_lane[w] && load_bank[8*w+:8] == 8'(c);
    end
    bank #(.Width(32), .Words(BankWords), .WritePorts(WordsPerCycle + 1)) u_bank (
      .clk_i,
      .write_i         ({up_valid[c], mine}),
      .write_address_i ({edge_address[16*c+:16], load_address}),
      .write_data_i    ({edge_data[32*c+:32], load_wide}),
      .read_address_i  (top_address[16*c+:16]),
      .read_data_o     (top_data[32*c+:32])
    );
  end
  for (genvar r = 0; r < int'(Rows); r++) begin : g_left
    logic [WordsPerCycle-1:0] mine;
    for (genvar w = 0; w < int'(WordsPerCycle); w++) begin : g_mine
      assign mine[w] = load_left[w] && load_bank[8*w+:8] == 8'(r);
    end
    // Row r takes what comes aside from lane r, as the bf16 operand that it is there.
    logic [15:0] aside;
    round_bf16 u_round (.value_i(edge_data[32*r+:32]), .result_o(aside));
    bank #(.Width(16), .Words(BankWords), .WritePorts(WordsPerCycle + 1)) u_bank (
      .clk_i,
      .write_i         ({aside_valid[r], mine}),
      .write_address_i ({edge_address[16*r+:16], load_address}),
      .write_data_i    ({aside, load_data}),
      .read_address_i  (left_address[16*r+:16]),
      .read_data_o     (left_data[16*r+:16])
    );
  end

  pe_control_t pe_control;
  pe_drain_t   pe_drain;
  array_2d_control u_array_2d_control (
    .clk_i, .rst_i, .start_i(start_o[1]), .active_i(active[1]), .op_i(pe_op_e'(pe_op_i)), .steps_i(pe_steps_i),
    .masked_i(pe_masked_i), .first_i(pe_first_i), .write_i(pe_write_i), .scaled_i(pe_scaled_i), .from_i(pe_from_i),
    .to_i(pe_to_i), .left_i(pe_left_i), .top_i(pe_top_i), .lane_i(pe_lane_i), .rows_i(pe_rows_i),
    .columns_i(pe_columns_i), .drains_i(pe_drains_i), .last_o(last[1]), .control_o(pe_control), .drain_o(pe_drain)
  );
  array_2d #(.Rows(Rows), .Columns(Columns), .Registers(Registers), .StorePorts(WordsPerCycle)) u_array_2d (
    .clk_i,
    .rst_i,
    .control_i       (pe_control),
    .drain_i         (pe_drain),
    .scale_i         (pe_scale_i),
    .mask_i          (pe_mask_i),
    .top_address_o   (top_address),
    .top_data_i      (top_data),
    .left_address_o  (left_address),
    .left_data_i     (left_data),
    .below_valid_o   (below_valid),
    .below_address_o (below_address),
    .below_data_o    (below_data),
    .drain_valid_o   (drain_valid),
    .drain_address_o (drain_address),
    .drain_data_o    (drain_data),
    .store_from_i    (pe_register),
    .store_row_i     (pe_row),
    .store_column_i  (pe_column),
    .store_o         (pe_data)
  );
  // Under the columns: nothing, or the fault's registers.
  localparam int unsigned BelowBits = Columns * (1 + 16 + 32);
  logic [BelowBits-1:0] below [ExtraHops+1];
  assign below[0] = {below_valid, below_address, below_data};
  for (genvar hop = 1; hop <= int'(ExtraHops); hop++) begin : g_extra
    always_ff @(posedge clk_i) below[hop] <= rst_i ? '0 : below[hop-1];
  end

  lane_control_t lane_control;
  array_1d_control u_array_1d_control (
    .clk_i, .rst_i, .start_i(start_o[2]), .active_i(active[2]), .program_i(lane_program_i), .length_i(lane_length_i),
    .outer_i(lane_outer_i), .inner_i(lane_inner_i), .adds_up_i(lane_adds_up_i),
    .sum_source_i(sum_source_e'(lane_sum_source_i)), .a_i(lane_a_i), .a_outer_i(lane_a_outer_i),
    .a_inner_i(lane_a_inner_i), .b_i(lane_b_i), .b_outer_i(lane_b_outer_i), .b_inner_i(lane_b_inner_i),
    .sum_i(lane_sum_i), .to_i(lane_to_i), .edge_i(lane_edge_i), .to_outer_i(lane_to_outer_i), .up_i(lane_up_i),
    .aside_i(lane_aside_i), .lanes_i(lane_lanes_i), .last_o(last[2]), .control_o(lane_control)
  );
  array_1d #(.Lanes(Columns), .Rows(Rows), .BankWords(BankWords), .DramPorts(WordsPerCycle)) u_array_1d (
    .clk_i,
    .rst_i,
    .control_i       (lane_control),
    .a_constant_i    (lane_a_constant_i),
    .b_constant_i    (lane_b_constant_i),
    .below_valid_i   (below[ExtraHops][BelowBits-1-:Columns]),
    .below_address_i (below[ExtraHops][32*Columns+:16*Columns]),
    .below_data_i    (below[ExtraHops][0+:32*Columns]),
    .drain_valid_i   (drain_valid),
    .drain_address_i (drain_address),
    .drain_data_i    (drain_data),
    .up_valid_o      (up_valid),
    .aside_valid_o   (aside_valid),
    .edge_address_o  (edge_address),
    .edge_data_o     (edge_data),
    .load_valid_i    (load_lanes),
    .load_address_i  (load_address),
    .load_data_i     (load_wide),
    .store_address_i (store_address),
    .store_data_o    (store_data)
  );

`ifndef SYNTHESIS
  // Channels are set between blocks; each has one unit that takes and one that posts; sizes are those of the core.
  always_ff @(posedge clk_i) begin
    if (!rst_i) begin
      assert (!set_i || (valid_i == '0 && active == '0 && 32'(set_channel_i) < Channels));
      assert ((take[0] & take[1]) == '0 && (take[0] & take[2]) == '0 && (take[1] & take[2]) == '0);
      assert ((post[0] & post[1]) == '0 && (post[0] & post[2]) == '0 && (post[1] & post[2]) == '0);
      assert (!start_o[1] || (32'(pe_rows_i) <= Rows && 32'(pe_columns_i) <= Columns));
      assert (!start_o[2] || 32'(lane_lanes_i) <= Columns);
    end
  end
`endif
endmodule
