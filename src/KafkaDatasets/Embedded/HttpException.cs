namespace KafkaDatasets.Embedded;

/// <summary>A request that is not HTTP as it should be, or too large; the connection ends after the answer.</summary>
internal sealed class HttpException(int status) : Exception($"HTTP {status}")
{
    internal int Status { get; } = status;
}
