using KafkaDatasets.Rows;

namespace KafkaDatasets.Monitoring.Profiles;

/// <summary>Adds the rows of blocks to the sketches of some columns; columns of different collectors may be added at the same time.</summary>
internal abstract class ColumnCollector
{
    /// <summary>Adds rows of a block.</summary>
    public abstract void Add(RowBlock block);

    /// <summary>Moves what is buffered into the sketches, and returns the profiles of the columns.</summary>
    public abstract IEnumerable<ColumnProfile> Finish();
}
