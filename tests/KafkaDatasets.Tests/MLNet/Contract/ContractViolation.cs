namespace KafkaDatasets.Tests.MLNet.Contract;

/// <summary>A view does not keep to the contract.</summary>
internal sealed class ContractViolation(Clause clause, string message, Exception? inner = null) : Exception($"{clause}: {message}", inner)
{
    public Clause Clause => clause;
}
