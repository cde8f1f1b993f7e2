using System.Text.Json;

namespace KafkaDatasets.Embedded;

/// <summary>The schemas of the embedded registry.</summary>
/// <remarks>A schema has the same id and GUID under every subject it is registered with; each subject numbers its versions from 1. Thread-safe.</remarks>
internal sealed class EmbeddedSchemas
{
    private readonly Lock _lock = new();
    private readonly List<StoredSchema> _schemas = [];
    private readonly Dictionary<Guid, StoredSchema> _byGuid = [];
    private readonly SortedDictionary<string, List<StoredVersion>> _subjects = new(StringComparer.Ordinal);

    internal IReadOnlyList<string> Subjects()
    {
        lock (_lock)
        {
            return [.. _subjects.Keys];
        }
    }

    internal StoredVersion Register(string subject, PostedSchema document)
    {
        Guid guid = Identify(document);
        lock (_lock)
        {
            if (!_byGuid.TryGetValue(guid, out StoredSchema? schema))
            {
                SchemaRules.Check(document, Resolve);
                schema = new(_schemas.Count + 1, guid, document);
                _schemas.Add(schema);
                _byGuid.Add(guid, schema);
            }

            if (!_subjects.TryGetValue(subject, out List<StoredVersion>? versions))
            {
                _subjects.Add(subject, versions = []);
            }

            StoredVersion? version = versions.Find(version => version.Schema == schema);
            if (version is null)
            {
                versions.Add(version = new(subject, versions.Count + 1, schema));
            }

            return version;
        }
    }

    internal StoredVersion Lookup(string subject, PostedSchema document)
    {
        Guid guid = Identify(document);
        return Versions(subject).FirstOrDefault(version => version.Schema.Guid == guid) ?? throw RegistryException.SchemaNotFound();
    }

    internal IReadOnlyList<StoredVersion> Versions(string subject)
    {
        lock (_lock)
        {
            return _subjects.TryGetValue(subject, out List<StoredVersion>? versions)
                ? [.. versions]
                : throw RegistryException.SubjectNotFound(subject);
        }
    }

    internal StoredVersion Latest(string subject) => Versions(subject)[^1];

    internal StoredVersion Version(string subject, int version)
    {
        IReadOnlyList<StoredVersion> versions = Versions(subject);
        return version <= versions.Count ? versions[version - 1] : throw RegistryException.VersionNotFound(version);
    }

    internal StoredSchema ById(int id)
    {
        lock (_lock)
        {
            return id > 0 && id <= _schemas.Count ? _schemas[id - 1] : throw RegistryException.SchemaNotFound();
        }
    }

    internal StoredSchema ByGuid(Guid guid)
    {
        lock (_lock)
        {
            return _byGuid.GetValueOrDefault(guid) ?? throw RegistryException.SchemaNotFound();
        }
    }

    /// <summary>The versions of all subjects that have a given schema.</summary>
    internal IReadOnlyList<StoredVersion> VersionsById(int id)
    {
        lock (_lock)
        {
            StoredSchema schema = ById(id);
            return [.. _subjects.Values.SelectMany(versions => versions).Where(version => version.Schema == schema)];
        }
    }

    private PostedSchema Resolve(SchemaReference reference)
    {
        try
        {
            return Version(reference.Subject, reference.Version).Schema.Document;
        }
        catch (RegistryException exception)
        {
            throw RegistryException.InvalidSchema($"the reference \"{reference.Name}\" leads nowhere: {exception.Message}");
        }
    }

    private static Guid Identify(PostedSchema document)
    {
        try
        {
            return document.Identify();
        }
        catch (JsonException exception)
        {
            throw RegistryException.InvalidSchema(exception.Message);
        }
    }
}
