using Xunit;

namespace KafkaDatasets.Tests.MLNet.Contract.Leaks;

/// <summary>Tests that count what the whole process holds.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;
