namespace System.Runtime.CompilerServices;

/// <summary>Gives this assembly access to another assembly's internal members; the runtime recognizes the attribute by its name.</summary>
[AttributeUsage(AttributeTargets.Assembly, AllowMultiple = true)]
internal sealed class IgnoresAccessChecksToAttribute(string assemblyName) : Attribute
{
    public string AssemblyName { get; } = assemblyName;
}
