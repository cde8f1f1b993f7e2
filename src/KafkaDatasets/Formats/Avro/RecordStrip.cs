using KafkaDatasets.Decoding;
using KafkaDatasets.Rows;

namespace KafkaDatasets.Formats.Avro;

/// <summary>Values that are decoded together, one field after another: up to which byte each has been read, and where it ends.</summary>
/// <remarks>
/// Where a field begins follows from the bytes of the one before it. In a single value each field waits for the one before it; here
/// the same field of the other values is read meanwhile, <see cref="StripLanes.Count"/> values at a time, without a branch on what they hold.
/// </remarks>
internal readonly unsafe struct RecordStrip
{
    /// <summary>The most values of a strip.</summary>
    public const int Most = BulkPlan.StripRecords;

    /// <summary>The bytes of the chunk; past the end of each value <see cref="CompiledPlan.Slack"/> bytes can be read.</summary>
    public required byte* Bytes { get; init; }

    /// <summary>The index of each value's next byte.</summary>
    public required int* Positions { get; init; }

    /// <summary>The index of the byte after each value.</summary>
    public required int* Ends { get; init; }

    /// <summary>The numbers that have not been written to the block yet: <see cref="Most"/> for each slot.</summary>
    public required float* Slots { get; init; }

    public required RowBlock Block { get; init; }

    /// <summary>The row of the first value.</summary>
    public required int FirstRow { get; init; }

    /// <summary>Returns how many values are at their end, counted up to the first that is not.</summary>
    public int CountEnded(int count)
    {
        int ended = 0;
        while (ended < count && Positions[ended] == Ends[ended])
        {
            ended++;
        }

        return ended;
    }

    /// <summary>Makes the values after the last one copies of it, as far as they are read together with it: they must not be odd.</summary>
    public void Fill(int count)
    {
        for (int i = count; i % StripLanes.Count != 0; i++)
        {
            Positions[i] = Positions[count - 1];
            Ends[i] = Ends[count - 1];
        }
    }
}
