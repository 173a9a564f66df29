// What a lane of the 1D array is told in one cycle; the word moves on one lane a cycle, as the columns above do.
package lane_control_pkg;
  typedef enum logic [2:0] {
    LaneIdle,
    LaneMax,
    LaneAdd,
    LaneMultiply,
    LaneDivide,
    LaneSubtract,    // exp(a - b): the subtraction, its first cycle
    LaneExp,         // cycles 2 to 7 of it
    LaneMacc         // a * b + the sum
  } lane_op_e;

  // Where an operand comes from.
  typedef enum logic [2:0] {
    LaneBankA,       // the words at the two addresses
    LaneBankB,
    LaneConstantA,   // the instruction's constants
    LaneConstantB,
    LaneScratch0,    // registers that earlier steps of the same element wrote
    LaneScratch1,
    LaneSum          // what the elements before have added up to
  } lane_source_e;

  // What LaneSum is.
  typedef enum logic [1:0] {
    SumRegister,     // the element before wrote it
    SumBank,         // an instruction before wrote it
    SumZero,         // there is none: of a sum
    SumLowest        // and of a maximum
  } sum_source_e;

  // One operation of what an instruction does to each element.
  typedef struct packed {
    lane_op_e     op;
    lane_source_e a;
    lane_source_e b;
    logic         minus_a;       // the sign is turned
    logic         minus_b;
    logic         minus_result;
    logic         scratch;       // the register that takes the result
  } lane_step_t;

  typedef struct packed {
    lane_step_t  step;
    logic [2:0]  exp_step;    // LaneExp: 0 to 5
    logic        done;        // the step's result is there in this cycle
    logic        adds_up;     // it is the sum of the elements so far
    sum_source_e sum_source;
    logic        write;       // the result goes to `to`
    logic        up;          // and to `edge_to` of the column's top bank, Rows hops away
    logic        aside;       // or of the row's left bank, as far away
    logic [15:0] a;           // addresses in the lane's bank
    logic [15:0] b;
    logic [15:0] sum;
    logic [15:0] to;
    logic [15:0] edge_to;
    logic [4:0]  lanes;       // from here on, so many lanes take part
  } lane_control_t;
endpackage
