namespace KafkaDatasets.IntegrationTests.Faults;

/// <summary>Tests that take minutes are there only with <c>KAFKADATASETS_LONG=1</c>.</summary>
internal static class Long
{
    public static bool IsOn { get; } = Environment.GetEnvironmentVariable("KAFKADATASETS_LONG") == "1";
}
