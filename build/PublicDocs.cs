// Removes from a compiler's XML documentation file whatever is about members that users of the assembly cannot see.
// The compiler writes down the comments of internal members too; "dotnet pack" calls this so that IntelliSense and the package have the public ones alone.
//
//   dotnet run --file build/PublicDocs.cs -- ASSEMBLY XML
using System.Collections.Immutable;
using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Xml.Linq;

if (args.Length != 2)
{
    Console.Error.WriteLine("usage: PublicDocs ASSEMBLY XML");
    return 2;
}

HashSet<string> visible;
using (var assembly = new PEReader(File.OpenRead(args[0])))
{
    visible = new VisibleMembers(assembly.GetMetadataReader()).Ids();
}

XDocument docs = XDocument.Load(args[1], LoadOptions.PreserveWhitespace);
foreach (XElement member in docs.Root!.Element("members")!.Elements("member").ToList())
{
    if (!visible.Contains((string)member.Attribute("name")!))
    {
        if (member.PreviousNode is XText space && string.IsNullOrWhiteSpace(space.Value))
        {
            space.Remove();
        }

        member.Remove();
    }
}

docs.Save(args[1], SaveOptions.DisableFormatting);
return 0;

/// <summary>The documentation ids (ECMA-334, annex D) of all that is public or protected in an assembly.</summary>
internal sealed class VisibleMembers(MetadataReader reader)
{
    public HashSet<string> Ids()
    {
        var ids = new HashSet<string>();
        foreach (TypeDefinitionHandle handle in reader.TypeDefinitions.Where(IsVisible))
        {
            TypeDefinition type = reader.GetTypeDefinition(handle);
            string name = IdNames.OfType(reader, handle);
            ids.Add($"T:{name}");
            ids.UnionWith(type.GetFields().Select(reader.GetFieldDefinition)
                .Where(f => IsVisible(f.Attributes & FieldAttributes.FieldAccessMask))
                .Select(f => $"F:{name}.{reader.GetString(f.Name)}"));
            ids.UnionWith(type.GetMethods().Where(IsVisible).Select(m => $"M:{name}.{Method(m)}"));
            ids.UnionWith(type.GetEvents().Select(reader.GetEventDefinition)
                .Where(e => IsVisible(e.GetAccessors().Adder))
                .Select(e => $"E:{name}.{reader.GetString(e.Name)}"));
            ids.UnionWith(type.GetProperties().Select(reader.GetPropertyDefinition)
                .Where(p => IsVisible(p.GetAccessors().Getter) || IsVisible(p.GetAccessors().Setter))
                .Select(p => $"P:{name}.{reader.GetString(p.Name)}{Parameters(p.DecodeSignature(new IdNames(), null).ParameterTypes)}"));
        }

        return ids;
    }

    private string Method(MethodDefinitionHandle handle)
    {
        MethodDefinition method = reader.GetMethodDefinition(handle);
        MethodSignature<string> signature = method.DecodeSignature(new IdNames(), null);
        string name = reader.GetString(method.Name);
        string generic = signature.GenericParameterCount > 0 ? $"``{signature.GenericParameterCount}" : "";
        string converted = name is "op_Implicit" or "op_Explicit" ? $"~{signature.ReturnType}" : "";
        return $"{name.Replace('.', '#')}{generic}{Parameters(signature.ParameterTypes)}{converted}";
    }

    private static string Parameters(ImmutableArray<string> types) => types.IsEmpty ? "" : $"({string.Join(',', types)})";

    private bool IsVisible(TypeDefinitionHandle handle)
    {
        TypeDefinition type = reader.GetTypeDefinition(handle);
        return (type.Attributes & TypeAttributes.VisibilityMask) switch
        {
            TypeAttributes.Public => true,
            TypeAttributes.NestedPublic or TypeAttributes.NestedFamily or TypeAttributes.NestedFamORAssem => IsVisible(type.GetDeclaringType()),
            _ => false,
        };
    }

    private bool IsVisible(MethodDefinitionHandle handle) => !handle.IsNil
        && (reader.GetMethodDefinition(handle).Attributes & MethodAttributes.MemberAccessMask) is MethodAttributes.Public or MethodAttributes.Family or MethodAttributes.FamORAssem;

    private static bool IsVisible(FieldAttributes access) => access is FieldAttributes.Public or FieldAttributes.Family or FieldAttributes.FamORAssem;
}

/// <summary>Types as documentation ids name them.</summary>
internal sealed class IdNames : ISignatureTypeProvider<string, object?>
{
    public static string OfType(MetadataReader reader, TypeDefinitionHandle handle)
    {
        TypeDefinition type = reader.GetTypeDefinition(handle);
        string name = reader.GetString(type.Name);
        return type.GetDeclaringType() is { IsNil: false } outer ? $"{OfType(reader, outer)}.{name}" : Full(reader.GetString(type.Namespace), name);
    }

    public string GetTypeFromDefinition(MetadataReader reader, TypeDefinitionHandle handle, byte rawTypeKind) => OfType(reader, handle);

    public string GetTypeFromReference(MetadataReader reader, TypeReferenceHandle handle, byte rawTypeKind)
    {
        TypeReference type = reader.GetTypeReference(handle);
        string name = reader.GetString(type.Name);
        return type.ResolutionScope.Kind == HandleKind.TypeReference
            ? $"{GetTypeFromReference(reader, (TypeReferenceHandle)type.ResolutionScope, 0)}.{name}"
            : Full(reader.GetString(type.Namespace), name);
    }

    public string GetTypeFromSpecification(MetadataReader reader, object? context, TypeSpecificationHandle handle, byte rawTypeKind) =>
        reader.GetTypeSpecification(handle).DecodeSignature(this, context);

    public string GetGenericInstantiation(string genericType, ImmutableArray<string> arguments)
    {
        // The arguments stand with the type that they belong to: Outer{A}.Inner{B}.
        int next = 0;
        IEnumerable<string> parts = genericType.Split('.').Select(part =>
        {
            int tick = part.IndexOf('`', StringComparison.Ordinal);
            if (tick < 0)
            {
                return part;
            }

            int count = int.Parse(part[(tick + 1)..], System.Globalization.CultureInfo.InvariantCulture);
            string own = string.Join(',', arguments.Skip(next).Take(count));
            next += count;
            return $"{part[..tick]}{{{own}}}";
        });
        return string.Join('.', parts);
    }

    public string GetPrimitiveType(PrimitiveTypeCode code) => $"System.{code}";

    public string GetGenericTypeParameter(object? context, int index) => $"`{index}";

    public string GetGenericMethodParameter(object? context, int index) => $"``{index}";

    public string GetSZArrayType(string element) => $"{element}[]";

    public string GetArrayType(string element, ArrayShape shape) => $"{element}[{string.Join(',', Enumerable.Repeat("0:", shape.Rank))}]";

    public string GetByReferenceType(string element) => $"{element}@";

    public string GetPointerType(string element) => $"{element}*";

    public string GetModifiedType(string modifier, string unmodified, bool isRequired) => unmodified;

    public string GetPinnedType(string element) => element;

    public string GetFunctionPointerType(MethodSignature<string> signature) => "=FUNC";

    private static string Full(string space, string name) => space.Length == 0 ? name : $"{space}.{name}";
}
