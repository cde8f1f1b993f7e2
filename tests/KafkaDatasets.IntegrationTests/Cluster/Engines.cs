using Xunit;

namespace KafkaDatasets.IntegrationTests.Cluster;

/// <summary>Theory data: the fetch engines, which must behave alike.</summary>
internal static class Engines
{
    public static TheoryData<FetchEngine> All => [FetchEngine.Consumer, FetchEngine.Direct];
}
