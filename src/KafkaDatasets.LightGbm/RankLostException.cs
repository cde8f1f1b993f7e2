namespace KafkaDatasets.LightGbm;

/// <summary>
/// Another rank ended, failed, or stopped responding, so the training cannot go on. Start all ranks again: with <see cref="LightGbmOptions.CheckpointDirectory"/>,
/// training continues with the iteration that follows the last one completed.
/// </summary>
public sealed class RankLostException : LightGbmException
{
    /// <summary>Creates an exception.</summary>
    /// <param name="rank">The rank that was lost.</param>
    /// <param name="message">What happened, and what to do.</param>
    /// <param name="innerException">The cause. Default null.</param>
    public RankLostException(int rank, string message, Exception? innerException = null)
        : base(message, innerException) => Rank = rank;

    /// <summary>The rank that was lost.</summary>
    public int Rank { get; }
}
