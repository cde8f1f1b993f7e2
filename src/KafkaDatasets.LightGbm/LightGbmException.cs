namespace KafkaDatasets.LightGbm;

/// <summary>LightGBM reported an error, or the rows cannot be trained from.</summary>
public class LightGbmException : KafkaDatasetException
{
    /// <summary>Creates an exception.</summary>
    /// <param name="message">What happened, and what to do.</param>
    /// <param name="innerException">The cause. Default null.</param>
    public LightGbmException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
