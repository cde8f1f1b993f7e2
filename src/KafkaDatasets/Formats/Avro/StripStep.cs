namespace KafkaDatasets.Formats.Avro;

/// <summary>Reads one field of many values, or writes what was read to the block.</summary>
internal abstract class StripStep
{
    /// <summary>Runs the step.</summary>
    /// <param name="strip">The values.</param>
    /// <param name="count">How many there are, at least one.</param>
    /// <returns>How many of them were read, up to the first that cannot be read here.</returns>
    public abstract int Run(in RecordStrip strip, int count);
}
