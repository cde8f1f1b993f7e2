using System.Reflection;
using System.Runtime.Serialization;

namespace KafkaDatasets.Shapes;

/// <summary>The properties of a .NET type that are fields, with the fields' names and in their order.</summary>
internal static class TypeMembers
{
    public static IEnumerable<(string Name, PropertyInfo Property)> Of(Type type) => GeneratedMessage.Descriptor(type) is { } message
        ? message.Fields.InDeclarationOrder().Select(field => (field.Name, type.GetProperty(field.PropertyName)!))
        : Declared(type);

    private static IEnumerable<(string Name, PropertyInfo Property)> Declared(Type type)
        => from property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
           where property.GetMethod is { IsPublic: true } && property.GetIndexParameters().Length == 0
           where property.GetCustomAttribute<IgnoreDataMemberAttribute>() is null
           let member = property.GetCustomAttribute<DataMemberAttribute>()
           orderby member?.Order ?? -1
           select (member?.Name ?? property.Name, property);
}
