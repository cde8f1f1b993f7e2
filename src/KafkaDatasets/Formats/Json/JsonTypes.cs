namespace KafkaDatasets.Formats.Json;

/// <summary>Compares the objects within a dataset's texts with those that a writer's schema describes in the same places, by their titles.</summary>
internal static class JsonTypes
{
    /// <summary>Returns the dataset's description, with the objects marked that are of another type in the writer's schema.</summary>
    /// <param name="reader">The dataset's description of a value.</param>
    /// <param name="writer">The writer's, or null when its schema does not describe the value.</param>
    public static JsonField Resolve(JsonField reader, JsonField? writer) => (reader.Kind, writer?.Kind) switch
    {
        (JsonKind.Object, JsonKind.Object) when reader.Title is { } own && writer!.Title is { } other && own != other => reader with { OtherType = other },
        (JsonKind.Object, JsonKind.Object) or (JsonKind.Choice, JsonKind.Choice) => reader with { Members = [.. reader.Members.Select(m => Resolve(m, writer!.Members.FirstOrDefault(w => w.Name == m.Name)))] },
        (JsonKind.List, JsonKind.List) => reader with { Members = [Resolve(reader.Members[0], writer!.Members[0])] },
        (JsonKind.Choice, JsonKind.Object) when writer!.Title is { } title => Only(reader, title),
        (JsonKind.Object, JsonKind.Choice) when reader.Title is { } title && writer!.Members.Any(m => m.Name == JsonSchemaDocument.SimpleName(title)) => OneOf(reader, title, writer),
        _ => reader,
    };

    /// <summary>Whether a resolved description has an object that is or may be of another type in the writer's schema.</summary>
    public static bool HasOthers(JsonField resolved) => resolved.OtherType is not null || resolved.IsForeign || resolved.Members.Any(HasOthers);

    /// <summary>Reads a choice of which the writer has only one type.</summary>
    private static JsonField Only(JsonField choice, string title)
    {
        string name = JsonSchemaDocument.SimpleName(title);
        return choice.Members.Any(m => m.Name == name) ? choice with { Members = [.. choice.Members.Select(m => m with { Signature = m.Name == name ? JsonSignature.Only : JsonSignature.None })] }
            : choice.Members.All(m => m.Kind == JsonKind.Object) ? choice with { OtherType = title }
            : choice;
    }

    /// <summary>Reads the one type that the dataset has where the writer has a choice.</summary>
    private static JsonField OneOf(JsonField reader, string title, JsonField choice) => reader with
    {
        Kind = JsonKind.Choice,
        KnownNames = [],
        Members =
        [
            .. choice.Members.Select(t => t.Name == JsonSchemaDocument.SimpleName(title)
                ? Resolve(reader, t with { Title = null }) with { Name = t.Name, Signature = t.Signature, IsRequired = true }
                : new JsonField(t.Name, reader.Path, JsonKind.Object) { Signature = t.Signature, IsForeign = true }),
        ],
    };
}
