using System.Runtime.CompilerServices;

namespace KafkaDatasets.Tests;

/// <summary>With <c>KAFKADATASETS_INTERPRET=1</c> every test runs with plans that run step by step: the same tests must pass either way.</summary>
internal static class InterpretedPlans
{
    [ModuleInitializer]
    internal static void Initialize()
    {
        if (Environment.GetEnvironmentVariable("KAFKADATASETS_INTERPRET") == "1")
        {
            AppContext.SetSwitch("KafkaDatasets.InterpretPlans", true);
        }
    }
}
