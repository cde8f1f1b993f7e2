extern alias ProtobufNet;

using Confluent.SchemaRegistry;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Google.Protobuf.WellKnownTypes;
using KafkaDatasets.Diagnostics;
using KafkaDatasets.Schemas;
using ProtoBuf.Meta;
using ParsedSet = ProtobufNet::Google.Protobuf.Reflection.FileDescriptorSet;

namespace KafkaDatasets.Formats.Protobuf;

/// <summary>Creates descriptors from Protobuf schemas: .proto text, or a FileDescriptorProto in base64, which some serializers register.</summary>
internal static class ProtobufDocuments
{
    /// <summary>The maximum nesting depth of braces, because the parser is recursive.</summary>
    private const int MaxDepth = 64;

    private const string MainName = "schema.proto";

    /// <summary>The imports that need no schema reference.</summary>
    private static readonly FileDescriptor[] WellKnown =
    [
        TimestampReflection.Descriptor, DurationReflection.Descriptor, WrappersReflection.Descriptor, AnyReflection.Descriptor, EmptyReflection.Descriptor,
        StructReflection.Descriptor, FieldMaskReflection.Descriptor, SourceContextReflection.Descriptor, TypeReflection.Descriptor, ApiReflection.Descriptor,
        FileDescriptorProto.Descriptor.File,
    ];

    /// <summary>The files that Confluent's registry provides.</summary>
    private static readonly ReferencedSchema[] Confluent =
    [
        new("confluent/meta.proto", """
            syntax = "proto3";
            package confluent;
            import "google/protobuf/descriptor.proto";
            message Meta { string doc = 1; map<string, string> params = 2; repeated string tags = 3; }
            extend google.protobuf.FileOptions { Meta file_meta = 1088; }
            extend google.protobuf.MessageOptions { Meta message_meta = 1088; }
            extend google.protobuf.FieldOptions { Meta field_meta = 1088; }
            extend google.protobuf.EnumOptions { Meta enum_meta = 1088; }
            extend google.protobuf.EnumValueOptions { Meta enum_value_meta = 1088; }
            """),
        new("confluent/type/decimal.proto", """
            syntax = "proto3";
            package confluent.type;
            message Decimal { bytes value = 1; uint32 precision = 2; int32 scale = 3; }
            """),
    ];

    /// <summary>Returns the file of a message with all its imports, as a <c>FileDescriptorSet</c> that <see cref="Find"/> reads.</summary>
    public static byte[] FilesOf(MessageDescriptor message)
    {
        var files = new FileDescriptorSet();
        var seen = new HashSet<string>();
        Add(message.File);
        return files.ToByteArray();

        void Add(FileDescriptor file)
        {
            if (seen.Add(file.Name))
            {
                foreach (FileDescriptor import in file.Dependencies)
                {
                    Add(import);
                }

                files.File.Add(FileDescriptorProto.Parser.ParseFrom(file.SerializedData));
            }
        }
    }

    /// <summary>Parses a schema to its file descriptor.</summary>
    /// <exception cref="SchemaException">The document is not a valid Protobuf schema.</exception>
    public static FileDescriptor Parse(SchemaDocument document)
    {
        document.Require(SchemaType.Protobuf);
        try
        {
            Dictionary<string, FileDescriptorProto> files = [];
            foreach (FileDescriptorProto file in document.References.Select(r => Compiled(r.Text) is { } compiled ? Named(compiled, r.Name) : null).OfType<FileDescriptorProto>())
            {
                files[file.Name] = file;
            }

            if (Compiled(document.Text) is not { } main)
            {
                foreach (FileDescriptorProto file in ParseText(document))
                {
                    files[file.Name] = file;
                }

                main = files[MainName];
            }

            return Build(main, files);
        }
        catch (Exception e) when (e is DescriptorValidationException or InvalidProtocolBufferException or FormatException or ArgumentException or InvalidOperationException or KeyNotFoundException)
        {
            throw new SchemaException($"The schema of {document.Name} is not a valid Protobuf schema: {e.Message}", e) { SchemaId = document.Id };
        }
    }

    /// <summary>Finds a message by name in a compiled set, as <c>protoc --descriptor_set_out --include_imports</c> writes it.</summary>
    /// <exception cref="SchemaException">The message does not exist, or the bytes are not a valid set.</exception>
    public static MessageDescriptor Find(byte[] fileDescriptorSet, string message)
    {
        try
        {
            Dictionary<string, FileDescriptorProto> files = FileDescriptorSet.Parser.ParseFrom(fileDescriptorSet).File.ToDictionary(f => f.Name);
            MessageDescriptor[] all = [.. files.Values.SelectMany(f => All(Build(f, files).MessageTypes))];
            return Array.Find(all, m => m.FullName == message)
                ?? throw new SchemaException($"The descriptor set has no message '{message}'.{SimilarNames.Hint(message, all.Select(m => m.FullName))}");
        }
        catch (Exception e) when (e is DescriptorValidationException or InvalidProtocolBufferException or ArgumentException or KeyNotFoundException)
        {
            throw new SchemaException($"The descriptor set cannot be read: {e.Message}", e);
        }
    }

    /// <summary>Whether an imported file needs no schema reference.</summary>
    public static bool IsWellKnown(string file) => Array.Exists(WellKnown, f => f.Name == file);

    /// <summary>Returns the messages of a file, including nested ones.</summary>
    public static IEnumerable<MessageDescriptor> All(IEnumerable<MessageDescriptor> messages) => messages.SelectMany(m => All(m.NestedTypes).Prepend(m));

    /// <summary>Returns the position of a message in its file: the index among the file's messages, then among those of the enclosing message, and so on.</summary>
    public static int[] IndexOf(MessageDescriptor message) =>
        message.ContainingType is { } outer ? [.. IndexOf(outer), outer.NestedTypes.IndexOf(message)] : [message.File.MessageTypes.IndexOf(message)];

    private static FileDescriptorProto? Compiled(string text)
    {
        Span<byte> bytes = new byte[text.Length];
        return Convert.TryFromBase64String(text, bytes, out int length) ? FileDescriptorProto.Parser.ParseFrom(bytes[..length]) : null;
    }

    private static FileDescriptorProto Named(FileDescriptorProto file, string name)
    {
        file.Name = name;
        return file;
    }

    private static IEnumerable<FileDescriptorProto> ParseText(SchemaDocument document)
    {
        var set = new ParsedSet();
        foreach ((string name, string text) in document.References.Where(r => Compiled(r.Text) is null).Concat(Confluent).Select(r => (r.Name, r.Text)).DistinctBy(r => r.Name).Append((MainName, document.Text)))
        {
            CheckDepth(text);
            set.Add(name, true, new StringReader(text));
        }

        set.Process();
        if (set.GetErrors().FirstOrDefault(e => e.IsError && e.File == MainName) is { } error)
        {
            throw new FormatException($"line {error.LineNumber}: {error.Message}");
        }

        using var stream = new MemoryStream();
        set.Serialize(RuntimeTypeModel.Default, stream, includeImports: true);
        stream.Position = 0;
        return FileDescriptorSet.Parser.ParseFrom(stream).File;
    }

    private static void CheckDepth(string text)
    {
        int depth = 0;
        foreach (char c in text)
        {
            depth += c is '{' or '(' or '[' ? 1 : c is '}' or ')' or ']' ? -1 : 0;
            if (depth > MaxDepth)
            {
                throw new FormatException($"braces are nested more than {MaxDepth} levels deep");
            }
        }
    }

    /// <summary>Builds a file after the files that it imports.</summary>
    private static FileDescriptor Build(FileDescriptorProto main, Dictionary<string, FileDescriptorProto> files)
    {
        var order = new List<FileDescriptorProto>();
        var seen = new HashSet<string>();
        Visit(main, 0);
        return FileDescriptor.BuildFromByteStrings(order.Select(f => f.ToByteString())).Single(f => f.Name == main.Name);

        void Visit(FileDescriptorProto file, int depth)
        {
            if (depth > MaxDepth)
            {
                throw new FormatException($"imports are nested more than {MaxDepth} levels deep");
            }

            if (!seen.Add(file.Name))
            {
                return;
            }

            foreach (string import in file.Dependency)
            {
                Visit(
                    Array.Find(WellKnown, f => f.Name == import) is { } known ? FileDescriptorProto.Parser.ParseFrom(known.SerializedData)
                    : files.TryGetValue(import, out FileDescriptorProto? found) ? found
                    : throw new FormatException($"'{import}' is imported, but is not a reference of the schema"),
                    depth + 1);
            }

            order.Add(file);
        }
    }
}
