// What a lane of the 1D array is told in one cycle; the word moves on one lane a cycle, as the columns above do.
package lane_control_pkg;
  typedef enum logic [2:0] {
    LaneIdle,
    LaneMax,
    LaneAdd,
    LaneMultiply,
    LaneDivide,
    LaneSubtract,    // the first cycle of exp(a - b)
    LaneExp          // cycles 2 to 7 of it
  } lane_op_e;

  typedef struct packed {
    lane_op_e    op;
    logic [2:0]  exp_step;    // LaneExp: 0 to 5
    logic        write;       // the result of this cycle goes to `to`
    logic        up;          // and to `top` of the column's top bank, Rows hops away
    logic        a_is_constant;
    logic        b_is_constant;
    logic [15:0] a;           // addresses in the lane's bank
    logic [15:0] b;
    logic [15:0] to;
    logic [15:0] top;
    logic [4:0]  lanes;       // from here on, so many lanes take part
  } lane_control_t;
endpackage
