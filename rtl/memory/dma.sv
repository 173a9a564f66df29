// Moves a tile of Outer x Inner words between DRAM and the banks, WordsPerCycle a cycle in the order outer, inner: the
// DRAM's rate. A loaded word is in its bank Latency cycles after the cycle that asks for it. A store takes a word of
// lane bank c c cycles later than one of bank 0, as the lanes themselves run.
module dma #(
  parameter int unsigned WordsPerCycle = 2,
  parameter int unsigned Latency       = 20,
  parameter int unsigned Columns       = 4
) (
  input  logic        clk_i,
  input  logic        rst_i,
  input  logic        start_i,
  input  logic        active_i,
  // The instruction; it stays until last_o.
  input  logic        store_i,
  input  logic        array_i,         // load: into the top banks, not the left ones; store: from the PEs, not the lanes
  input  logic        lane_i,          // load: into the lanes' banks
  input  logic        bank_is_outer_i, // the outer index is the bank's (store from the PEs: the row's) number
  input  logic [15:0] outer_i,         // extents
  input  logic [15:0] inner_i,
  input  logic [15:0] address_i,       // in each bank, of the other index 0; store from the PEs: the register
  input  logic [31:0] dram_i,          // word address of the first word
  input  logic [31:0] dram_outer_i,    // from one index to the next
  input  logic [31:0] dram_inner_i,
  output logic        last_o,
  // DRAM.
  output logic [32*WordsPerCycle-1:0] dram_read_address_o,
  input  logic [16*WordsPerCycle-1:0] dram_read_data_i,
  output logic [WordsPerCycle-1:0]    dram_write_o,
  output logic [32*WordsPerCycle-1:0] dram_write_address_o,
  output logic [16*WordsPerCycle-1:0] dram_write_data_o,
  // Loaded words.
  output logic [WordsPerCycle-1:0]    write_top_o,
  output logic [WordsPerCycle-1:0]    write_left_o,
  output logic [WordsPerCycle-1:0]    write_lane_o,
  output logic [8*WordsPerCycle-1:0]  write_bank_o,
  output logic [16*WordsPerCycle-1:0] write_address_o,
  output logic [16*WordsPerCycle-1:0] write_data_o,
  // Words to store: addresses for each lane bank, and PEs.
  output logic [16*WordsPerCycle*Columns-1:0] lane_address_o,
  input  logic [32*WordsPerCycle*Columns-1:0] lane_data_i,
  output logic [8*WordsPerCycle-1:0]  pe_row_o,
  output logic [8*WordsPerCycle-1:0]  pe_column_o,
  output logic [3:0]                  pe_register_o,
  input  logic [32*WordsPerCycle-1:0] pe_data_i
);
  logic [15:0] outer_q, inner_q;
  logic [WordsPerCycle-1:0]    valid;
  logic [16*WordsPerCycle-1:0] outer, inner, bank, address;
  logic [15:0] next_outer, next_inner;
  logic        ends_inner;

  // The words of this cycle.
  always_comb begin
    next_outer = start_i ? '0 : outer_q;
    next_inner = start_i ? '0 : inner_q;
    for (int unsigned w = 0; w < WordsPerCycle; w++) begin
      outer[16*w+:16] = next_outer;
      inner[16*w+:16] = next_inner;
      valid[w]        = active_i && next_outer < outer_i;
      ends_inner      = next_inner + 16'd1 == inner_i;
      next_outer      = next_outer + 16'(ends_inner);
      next_inner      = ends_inner ? '0 : next_inner + 16'd1;
    end
  end
  assign last_o = next_outer >= outer_i;

  always_ff @(posedge clk_i) begin
    if (rst_i) begin
      outer_q <= '0;
      inner_q <= '0;
    end else if (active_i) begin
      outer_q <= next_outer;
      inner_q <= next_inner;
    end
  end

  always_comb begin
    for (int unsigned w = 0; w < WordsPerCycle; w++) begin
      bank[16*w+:16]    = bank_is_outer_i ? outer[16*w+:16] : inner[16*w+:16];
      address[16*w+:16] = address_i + (bank_is_outer_i ? inner[16*w+:16] : outer[16*w+:16]);
      dram_read_address_o[32*w+:32] =
          dram_i + 32'(outer[16*w+:16]) * dram_outer_i + 32'(inner[16*w+:16]) * dram_inner_i;
      pe_row_o[8*w+:8]    = bank_is_outer_i ? outer[16*w+:8] : inner[16*w+:8];
      pe_column_o[8*w+:8] = bank_is_outer_i ? inner[16*w+:8] : outer[16*w+:8];
    end
  end
  assign pe_register_o = address_i[3:0];

  // Loads: Latency registers between DRAM and bank, the last of them the bank itself.
  localparam int unsigned LoadBits = WordsPerCycle * (1 + 8 + 16 + 16) + 2;
  logic [LoadBits-1:0]        load [Latency];
  logic [8*WordsPerCycle-1:0] bank_number;
  logic [WordsPerCycle-1:0]   loaded;
  logic                       loaded_array, loaded_lane;
  always_comb begin
    for (int unsigned w = 0; w < WordsPerCycle; w++) bank_number[8*w+:8] = bank[16*w+:8];
  end
  always_ff @(posedge clk_i) begin
    load[0] <= rst_i ? '0 : {store_i ? '0 : valid, array_i, lane_i, bank_number, address, dram_read_data_i};
    for (int unsigned stage = 1; stage < Latency; stage++) load[stage] <= rst_i ? '0 : load[stage-1];
  end
  assign {loaded, loaded_array, loaded_lane, write_bank_o, write_address_o, write_data_o} = load[Latency-1];
  assign write_top_o  = loaded_array ? loaded : '0;
  assign write_left_o = loaded_array || loaded_lane ? '0 : loaded;
  assign write_lane_o = loaded_lane ? loaded : '0;

  // Stores: stage c takes the words of lane bank c.
  for (genvar w = 0; w < int'(WordsPerCycle); w++) begin : g_store
    logic        stored     [Columns];
    logic        from_lane  [Columns];
    logic [7:0]  from_bank  [Columns];
    logic [15:0] at         [Columns];
    logic [31:0] to         [Columns];
    logic [31:0] held       [Columns];
    logic [31:0] taken      [Columns];
    for (genvar c = 0; c < int'(Columns); c++) begin : g_stage
      assign lane_address_o[16*(c*WordsPerCycle+w)+:16] = at[c];
      assign taken[c] = from_lane[c] && from_bank[c] == 8'(c) ? lane_data_i[32*(c*WordsPerCycle+w)+:32] : held[c];
      if (c == 0) begin : g_first
        assign stored[0]    = store_i && valid[w];
        assign from_lane[0] = !array_i;
        assign from_bank[0] = bank[16*w+:8];
        assign at[0]        = address[16*w+:16];
        assign to[0]        = dram_read_address_o[32*w+:32];
        assign held[0]      = pe_data_i[32*w+:32];
      end else begin : g_later
        always_ff @(posedge clk_i) begin
          stored[c]    <= !rst_i && stored[c-1];
          from_lane[c] <= from_lane[c-1];
          from_bank[c] <= from_bank[c-1];
          at[c]        <= at[c-1];
          to[c]        <= to[c-1];
          held[c]      <= taken[c-1];
        end
      end
    end
    assign dram_write_o[w]                 = stored[Columns-1];
    assign dram_write_address_o[32*w+:32]  = to[Columns-1];
    round_bf16 u_round (.value_i(taken[Columns-1]), .result_o(dram_write_data_o[16*w+:16]));
  end

`ifndef SYNTHESIS
  // A transfer has words, does not change under way, and stores from lanes and loads into banks that exist.
  logic        goes_on_q;
  logic [34:0] kind_q;
  always_ff @(posedge clk_i) begin
    goes_on_q <= !rst_i && active_i && !last_o;
    kind_q    <= {store_i, array_i, bank_is_outer_i, outer_i, inner_i};
    if (!rst_i) begin
      assert (!start_i || active_i);
      assert (!active_i || (outer_i != '0 && inner_i != '0));
      assert (!goes_on_q || (active_i && !start_i && kind_q == {store_i, array_i, bank_is_outer_i, outer_i, inner_i}));
      assert (!active_i || !store_i || array_i || (bank_is_outer_i ? 32'(outer_i) : 32'(inner_i)) <= Columns);
      assert ((write_top_o & write_left_o) == '0);
    end
  end
`endif
endmodule
