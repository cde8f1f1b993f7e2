using System.Reflection;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace KafkaDatasets.Shapes;

/// <summary>What classes generated from a Protobuf schema say of themselves.</summary>
internal static class GeneratedMessage
{
    /// <summary>The descriptor of a generated class, or null when the type is none.</summary>
    public static MessageDescriptor? Descriptor(Type type)
        => typeof(IMessage).IsAssignableFrom(type) ? type.GetProperty(nameof(Descriptor), BindingFlags.Public | BindingFlags.Static)?.GetValue(null) as MessageDescriptor : null;
}
