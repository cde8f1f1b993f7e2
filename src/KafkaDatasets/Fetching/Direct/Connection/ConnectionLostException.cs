namespace KafkaDatasets.Fetching.Direct.Connection;

/// <summary>A broker could not be reached, closed the connection, or did not respond in time: a retry may help.</summary>
internal sealed class ConnectionLostException(string message, Exception? innerException = null) : Exception(message, innerException);
