namespace System.Runtime.CompilerServices;

/// <summary>Known to the runtime by its name: the assembly may use what the other has as internal.</summary>
[AttributeUsage(AttributeTargets.Assembly, AllowMultiple = true)]
internal sealed class IgnoresAccessChecksToAttribute(string assemblyName) : Attribute
{
    public string AssemblyName { get; } = assemblyName;
}
