// The 2D array: Rows x Columns PEs. The control word enters at the corner and takes one cycle a hop, along the top edge
// and down each column, so that PE (r, c) does in cycle s + r + c what the instruction means in its cycle s. Banks at the
// edges are read when the word passes: the top operand's by column, the left operand's by row.
//
//   s              corner                         s + r + c       PE (r, c)
//   s + c          top bank of column c is read   s + Rows + c    a reduction's result leaves column c
//   s + r          left bank of row r is read      s + Rows + c + k   what row k hands out leaves it
module array_2d
  import pe_control_pkg::*;
#(
  parameter int unsigned Rows      = 4,
  parameter int unsigned Columns   = 4,
  parameter int unsigned Registers = 16,
  parameter int unsigned StorePorts = 2
) (
  input  logic                    clk_i,
  input  logic                    rst_i,
  input  pe_control_t             control_i,
  input  pe_drain_t               drain_i,
  input  logic [15:0]             scale_i,         // bf16; stays while a scaled word is on the top edge
  input  logic [Rows*Columns-1:0] mask_i,          // bit c * Rows + r: PE (r, c) keeps its score in PeSelect
  // Operands: addresses out, data in the same cycle.
  output logic [16*Columns-1:0]   top_address_o,
  input  logic [32*Columns-1:0]   top_data_i,
  output logic [16*Rows-1:0]      left_address_o,
  input  logic [16*Rows-1:0]      left_data_i,
  // What leaves the columns.
  output logic [Columns-1:0]      below_valid_o,
  output logic [16*Columns-1:0]   below_address_o,
  output logic [32*Columns-1:0]   below_data_o,
  output logic [Columns-1:0]      drain_valid_o,
  output logic [16*Columns-1:0]   drain_address_o,
  output logic [32*Columns-1:0]   drain_data_o,
  // What the DMA reads in this cycle: one register of so many PEs.
  input  logic [3:0]              store_from_i,
  input  logic [8*StorePorts-1:0] store_row_i,
  input  logic [8*StorePorts-1:0] store_column_i,
  output logic [32*StorePorts-1:0] store_o
);
  localparam logic [31:0] MinusInfinity = 32'hff80_0000;
  localparam logic [31:0] MinusZero     = 32'h8000_0000;  // x + -0 = x, also for zeros

  // The top edge: word, factor and masks at column c. A hop drops the mask of the column that it leaves.
  pe_control_t             edge_control [Columns];
  pe_drain_t               edge_drain   [Columns];
  logic [Rows*Columns-1:0] edge_mask    [Columns];
  logic [15:0]             edge_scale   [Columns];
  assign edge_control[0] = control_i;
  assign edge_drain[0]   = drain_i;
  assign edge_mask[0]    = mask_i;
  assign edge_scale[0]   = scale_i;
  for (genvar c = 1; c < int'(Columns); c++) begin : g_edge
    always_ff @(posedge clk_i) begin
      if (rst_i) begin
        edge_control[c] <= '0;
        edge_drain[c]   <= '0;
      end else begin
        edge_control[c] <= edge_control[c-1];
        if (edge_control[c-1].columns != '0) edge_control[c].columns <= edge_control[c-1].columns - 5'd1;
        edge_drain[c] <= edge_drain[c-1];
        if (edge_drain[c-1].columns != '0) edge_drain[c].columns <= edge_drain[c-1].columns - 5'd1;
      end
      edge_mask[c]  <= edge_mask[c-1] >> Rows;
      edge_scale[c] <= edge_scale[c-1];
    end
  end

  pe_control_t control [Rows+1][Columns];
  logic [31:0] top     [Rows+1][Columns];
  logic [31:0] partial [Rows+1][Columns];
  pe_drain_t   drain   [Rows+1][Columns];
  logic [31:0] drained [Rows+1][Columns];
  logic [15:0] left    [Rows][Columns+1];

  for (genvar c = 0; c < int'(Columns); c++) begin : g_column
    logic [31:0] operand, scaled;
    logic [15:0] factor;
    assign top_address_o[16*c+:16] = edge_control[c].top;
    assign operand                 = top_data_i[32*c+:32];
    round_bf16 u_round (.value_i(operand), .result_o(factor));
    macc_bf16 u_scale (.a_i(edge_scale[c]), .b_i(factor), .sum_i(MinusZero), .result_o(scaled));
    assign control[0][c] = edge_control[c];
    assign drain[0][c]   = edge_drain[c];
    assign drained[0][c] = '0;
    assign partial[0][c] = edge_control[c].op == PeReduceMax ? MinusInfinity : '0;
    always_comb begin
      top[0][c] = operand;
      if (edge_control[c].scaled) top[0][c] = scaled;
      if (edge_control[c].op == PeSelect) top[0][c] = 32'(edge_mask[c][Rows-1:0]);
    end
    assign below_valid_o[c] = (control[Rows][c].op == PeReduceMax || control[Rows][c].op == PeReduceAdd ||
                               control[Rows][c].op == PeReduceMacc) && control[Rows][c].columns != '0;
    assign below_address_o[16*c+:16] = control[Rows][c].lane;
    assign below_data_o[32*c+:32]    = partial[Rows][c];
    assign drain_valid_o[c]            = drain[Rows][c].valid && drain[Rows][c].columns != '0;
    assign drain_address_o[16*c+:16]   = drain[Rows][c].lane;
    assign drain_data_o[32*c+:32]      = drained[Rows][c];
  end

  localparam int unsigned PlaceBits = $clog2(Rows * Columns);
  logic [31:0] stored [Rows*Columns];
  for (genvar w = 0; w < int'(StorePorts); w++) begin : g_store
    logic [PlaceBits-1:0] place;
    assign place = PlaceBits'(32'(store_row_i[8*w+:8]) * Columns + 32'(store_column_i[8*w+:8]));
    assign store_o[32*w+:32] = stored[place];
  end

  for (genvar r = 0; r < int'(Rows); r++) begin : g_row
    assign left_address_o[16*r+:16] = control[r][0].left;
    assign left[r][0]               = left_data_i[16*r+:16];
    for (genvar c = 0; c < int'(Columns); c++) begin : g_pe
      pe_2d #(.Registers(Registers)) u_pe (
        .clk_i,
        .rst_i,
        .control_i   (control[r][c]),
        .left_i      (left[r][c]),
        .top_i       (top[r][c]),
        .above_i     (partial[r][c]),
        .control_o   (control[r+1][c]),
        .left_o      (left[r][c+1]),
        .top_o       (top[r+1][c]),
        .below_o     (partial[r+1][c]),
        .drain_i     (drain[r][c]),
        .drain_data_i(drained[r][c]),
        .drain_o     (drain[r+1][c]),
        .drain_data_o(drained[r+1][c]),
        .store_from_i,
        .store_o     (stored[r*int'(Columns)+c])
      );
    end
  end

`ifndef SYNTHESIS
  // A word is for PEs and registers that exist; a reduction writes no register.
  always_ff @(posedge clk_i) begin
    if (!rst_i) begin
      assert (32'(control_i.rows) <= Rows && 32'(control_i.columns) <= Columns);
      assert (control_i.op == PeIdle || (32'(control_i.from) < Registers && 32'(control_i.to) < Registers));
      assert (!control_i.write || control_i.op == PeMacc || control_i.op == PeExp || control_i.op == PeSelect ||
              control_i.op == PeSubtract);
      assert (!control_i.scaled || control_i.op != PeSelect);
    end
  end
`endif
endmodule
