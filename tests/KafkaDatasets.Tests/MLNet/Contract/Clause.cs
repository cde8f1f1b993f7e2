namespace KafkaDatasets.Tests.MLNet.Contract;

/// <summary>The parts of the contract between a view and ML.NET.</summary>
internal enum Clause
{
    /// <summary>One schema for ever, the cursors' too, and values that fit its types.</summary>
    Schema,

    /// <summary>Annotations can be read, and are of the size of what they describe.</summary>
    Annotations,

    /// <summary>The number of rows is exact or null.</summary>
    RowCount,

    /// <summary>Every pass gives the same rows, values and order.</summary>
    Repeatability,

    /// <summary>−1 before the first row and after the last one, counting up in between.</summary>
    Position,

    /// <summary>MoveNext stays false.</summary>
    End,

    /// <summary>Unique, and the same however a row is come by.</summary>
    Ids,

    /// <summary>Rows do not depend on which columns are active.</summary>
    Columns,

    /// <summary>Getters exist for active columns of the right type alone, and give values at rows alone.</summary>
    Getters,

    /// <summary>What a getter has given is the caller's.</summary>
    Buffers,

    /// <summary>Batches ascend, and a stable sort by them is the serial order.</summary>
    Batches,

    /// <summary>The cursors of a set are disjoint, complete, and independent of how they are read.</summary>
    CursorSets,

    /// <summary>Cursors work side by side, and on any thread.</summary>
    Threads,

    /// <summary>A seed gives the same rows in another order.</summary>
    Shuffling,

    /// <summary>Cursors can be left at any time.</summary>
    Disposal,
}
