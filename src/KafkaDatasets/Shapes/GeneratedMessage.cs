using System.Reflection;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace KafkaDatasets.Shapes;

/// <summary>Finds the descriptors of classes generated from a Protobuf schema.</summary>
internal static class GeneratedMessage
{
    /// <summary>The descriptor of a generated class, or null if the type is not one.</summary>
    public static MessageDescriptor? Descriptor(Type type)
        => typeof(IMessage).IsAssignableFrom(type) ? type.GetProperty(nameof(Descriptor), BindingFlags.Public | BindingFlags.Static)?.GetValue(null) as MessageDescriptor : null;
}
