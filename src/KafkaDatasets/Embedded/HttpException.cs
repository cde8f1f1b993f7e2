namespace KafkaDatasets.Embedded;

/// <summary>A request that is invalid HTTP or too large; the connection is closed after the response.</summary>
internal sealed class HttpException(int status) : Exception($"HTTP {status}")
{
    internal int Status { get; } = status;
}
