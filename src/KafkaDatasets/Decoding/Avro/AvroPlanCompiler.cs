using System.Globalization;
using System.Text;
using KafkaDatasets.Schemas;
using Newtonsoft.Json.Linq;
using ArraySchema = global::Avro.ArraySchema;
using AvroField = global::Avro.Field;
using EnumSchema = global::Avro.EnumSchema;
using FixedSchema = global::Avro.FixedSchema;
using LogicalSchema = global::Avro.LogicalSchema;
using MapSchema = global::Avro.MapSchema;
using RecordSchema = global::Avro.RecordSchema;
using Schema = global::Avro.Schema;
using UnionSchema = global::Avro.UnionSchema;

namespace KafkaDatasets.Decoding.Avro;

/// <summary>
/// Resolves a writer's schema to the dataset's by the rules of the Avro specification ("Schema Resolution": fields by name and alias,
/// promotions, defaults, enum defaults) and writes the steps that put the wanted fields into a block's columns.
/// </summary>
/// <remarks>The whole schema is resolved, whatever columns are wanted: which records are good must not depend on the columns.</remarks>
internal sealed class AvroPlanCompiler
{
    private readonly ILookup<string, ColumnTarget> _targets;
    private readonly HashSet<RecordSchema> _open = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<RecordSchema, AvroStep[]?> _skips = new(ReferenceEqualityComparer.Instance);

    private AvroPlanCompiler(IReadOnlyList<BlockColumn> layout)
    {
        _targets = ColumnTargets.Of(layout);
    }

    /// <summary>Compiles a plan.</summary>
    /// <exception cref="IncompatibleSchemaException">The writer's schema cannot be resolved to the reader's; it names the field.</exception>
    public static AvroPlan Compile(Schema writer, Schema reader, IReadOnlyList<BlockColumn> layout)
    {
        var compiler = new AvroPlanCompiler(layout);
        var code = new Code();
        compiler.Value(code, writer, reader, "");
        return new AvroPlan(code.ToArray(), layout);
    }

    private void Value(Code code, Schema writer, Schema? reader, string path)
    {
        writer = Base(writer);
        reader = reader is null ? null : Base(reader);
        if (reader is null)
        {
            Skip(code, writer, path);
        }
        else if (writer is UnionSchema union)
        {
            code.Add(new AvroStep(AvroStepKind.Union, path) { Branches = [.. union.Schemas.Select(branch => Branch(branch, reader, path))] });
        }
        else if (reader is UnionSchema readers)
        {
            Schema match = readers.Schemas.FirstOrDefault(r => Match(writer, Base(r), exact: true))
                ?? readers.Schemas.FirstOrDefault(r => Match(writer, Base(r), exact: false))
                ?? throw new IncompatibleSchemaException(path, $"the writer's {Describe(writer)} is no branch of the dataset's {Describe(readers)}");
            if (writer.Tag == Schema.Type.Null)
            {
                Missing(code, readers, path);
            }
            else
            {
                Value(code, writer, match, path);
            }
        }
        else if (!Match(writer, reader, exact: false))
        {
            throw new IncompatibleSchemaException(path, $"the writer's {Describe(writer)} does not fit the dataset's {Describe(reader)}");
        }
        else if (writer is RecordSchema record)
        {
            Record(code, record, (RecordSchema)reader, path);
        }
        else
        {
            Scalar(code, writer, reader, path);
        }
    }

    private AvroStep[] Branch(Schema writer, Schema reader, string path)
    {
        var code = new Code();
        RecordSchema[] open = [.. _open];
        try
        {
            Value(code, writer, reader, path);
        }
        catch (IncompatibleSchemaException e)
        {
            _open.Clear();
            _open.UnionWith(open);
            return [new AvroStep(AvroStepKind.Fail, e.Field) { Reason = e.Reason }];
        }

        return code.ToArray();
    }

    private void Record(Code code, RecordSchema writer, RecordSchema reader, string path)
    {
        if (!_open.Add(reader))
        {
            Skip(code, writer, path); // recursive: its fields are no columns
            return;
        }

        var found = new HashSet<string>();
        foreach (AvroField field in writer.Fields)
        {
            AvroField? wanted = reader.Fields.Find(f => f.Name == field.Name)
                ?? reader.Fields.Find(f => f.Aliases?.Contains(field.Name) == true && !writer.Contains(f.Name));
            if (wanted is not null && found.Add(wanted.Name))
            {
                Value(code, field.Schema, wanted.Schema, Join(path, wanted.Name));
            }
            else
            {
                Skip(code, field.Schema, Join(path, field.Name));
            }
        }

        foreach (AvroField missing in reader.Fields.Where(f => !found.Contains(f.Name)))
        {
            string name = Join(path, missing.Name);
            if (missing.DefaultValue is not { } value)
            {
                throw new IncompatibleSchemaException(name, "the writer's schema does not have the field, and the dataset's schema has no default for it");
            }

            Default(code, Base(missing.Schema), value, name);
        }

        _open.Remove(reader);
    }

    private void Scalar(Code code, Schema writer, Schema reader, string path)
    {
        ColumnTarget[] targets = [.. _targets[path]];
        switch (writer.Tag)
        {
            case Schema.Type.Null:
                code.Add(new AvroStep(AvroStepKind.Missing, path) { Targets = targets });
                break;
            case Schema.Type.Boolean:
                code.Fixed(path, 1, ColumnType.Boolean, targets);
                break;
            case Schema.Type.Float or Schema.Type.Double when Array.Exists(targets, t => t.Definition.Categories is not null):
                throw NoCategory(path);
            case Schema.Type.Float:
                code.Fixed(path, sizeof(float), ColumnType.Single, targets);
                break;
            case Schema.Type.Double:
                code.Fixed(path, sizeof(double), ColumnType.Double, targets);
                break;
            case Schema.Type.Int:
                code.Add(new AvroStep(AvroStepKind.Int, path) { Targets = targets });
                break;
            case Schema.Type.Long:
                code.Add(new AvroStep(AvroStepKind.Long, path) { Targets = targets });
                break;
            case Schema.Type.String or Schema.Type.Bytes:
                code.Add(new AvroStep(AvroStepKind.Bytes, path) { Targets = targets });
                break;
            case Schema.Type.Enumeration:
                code.Add(new AvroStep(AvroStepKind.Enum, path) { Targets = targets, Symbols = Symbols((EnumSchema)writer, (EnumSchema)reader) });
                break;
            default:
                Skip(code, writer, path); // arrays, maps, fixed: no columns, so nothing to resolve
                break;
        }
    }

    private void Missing(Code code, UnionSchema reader, string path)
    {
        ColumnTarget[] targets = [.. _targets[path]];
        if (targets.Length > 0)
        {
            code.Add(new AvroStep(AvroStepKind.Missing, path) { Targets = targets });
        }

        if (reader.Schemas.Select(Base).OfType<RecordSchema>().FirstOrDefault() is { } record && _open.Add(record))
        {
            foreach (AvroField field in record.Fields)
            {
                MissingField(code, Base(field.Schema), Join(path, field.Name));
            }

            _open.Remove(record);
        }
    }

    private void MissingField(Code code, Schema reader, string path)
    {
        if (reader is RecordSchema record && _open.Add(record))
        {
            foreach (AvroField field in record.Fields)
            {
                MissingField(code, Base(field.Schema), Join(path, field.Name));
            }

            _open.Remove(record);
        }
        else if (reader is UnionSchema union)
        {
            Missing(code, union, path);
        }
        else if (_targets[path].ToArray() is { Length: > 0 } targets)
        {
            code.Add(new AvroStep(AvroStepKind.Missing, path) { Targets = targets });
        }
    }

    /// <summary>The default of a field that the writer does not have, as the specification writes it in JSON.</summary>
    private void Default(Code code, Schema reader, JToken value, string path)
    {
        if (reader is UnionSchema union)
        {
            reader = union.Schemas.Select(Base).FirstOrDefault(branch => IsDefaultOf(branch, value)) ?? reader;
            if (reader.Tag == Schema.Type.Null)
            {
                Missing(code, union, path);
                return;
            }
        }

        if (!IsDefaultOf(reader, value))
        {
            throw new IncompatibleSchemaException(path, $"the writer's schema does not have the field, and its default in the dataset's schema, {value.ToString(Newtonsoft.Json.Formatting.None)}, is no {Describe(reader)}");
        }

        ColumnTarget[] targets = [.. _targets[path]];
        switch (reader.Tag)
        {
            case Schema.Type.Record when _open.Add((RecordSchema)reader):
                foreach (AvroField field in ((RecordSchema)reader).Fields)
                {
                    string name = Join(path, field.Name);
                    JToken inner = value[field.Name] ?? field.DefaultValue
                        ?? throw new IncompatibleSchemaException(name, "the default of the record has no value for the field");
                    Default(code, Base(field.Schema), inner, name);
                }

                _open.Remove((RecordSchema)reader);
                break;
            case Schema.Type.Boolean:
                code.Add(new AvroStep(AvroStepKind.Integer, path) { Targets = targets, IntegerValue = value.Value<bool>() ? 1 : 0 });
                break;
            case Schema.Type.Int or Schema.Type.Long:
                code.Add(new AvroStep(AvroStepKind.Integer, path) { Targets = targets, IntegerValue = value.Value<long>() });
                break;
            case Schema.Type.Float or Schema.Type.Double when Array.Exists(targets, t => t.Definition.Categories is not null):
                throw NoCategory(path);
            case Schema.Type.Float or Schema.Type.Double:
                code.Add(new AvroStep(AvroStepKind.Number, path) { Targets = targets, NumberValue = Number(value) });
                break;
            case Schema.Type.String:
                code.Add(new AvroStep(AvroStepKind.Text, path) { Targets = targets, TextValue = Encoding.UTF8.GetBytes(AvroSource.Text(value)) });
                break;
            case Schema.Type.Enumeration:
                Symbol(code, (EnumSchema)reader, value.Value<string>()!, targets, path);
                break;
            default:
                break;
        }
    }

    private void Symbol(Code code, EnumSchema reader, string symbol, ColumnTarget[] targets, string path)
    {
        int index = reader.Symbols.IndexOf(symbol);
        foreach (ColumnTarget target in targets)
        {
            code.Add(target.Definition.Categories is null
                ? new AvroStep(AvroStepKind.Integer, path) { Targets = [target], IntegerValue = target.Definition.Type == ColumnType.Key ? index + 1 : index }
                : new AvroStep(AvroStepKind.Text, path) { Targets = [target], TextValue = Encoding.UTF8.GetBytes(symbol) });
        }
    }

    private void Skip(Code code, Schema writer, string path)
    {
        switch (Base(writer))
        {
            case { Tag: Schema.Type.Null }:
                break;
            case { Tag: Schema.Type.Boolean }:
                code.Fixed(path, 1, ColumnType.Boolean, []);
                break;
            case { Tag: Schema.Type.Float }:
                code.Fixed(path, sizeof(float), null, []);
                break;
            case { Tag: Schema.Type.Double }:
                code.Fixed(path, sizeof(double), null, []);
                break;
            case FixedSchema fixedSchema:
                code.Fixed(path, fixedSchema.Size, null, []);
                break;
            case { Tag: Schema.Type.Int }:
                code.Add(new AvroStep(AvroStepKind.Int, path));
                break;
            case { Tag: Schema.Type.Long }:
                code.Add(new AvroStep(AvroStepKind.Long, path));
                break;
            case EnumSchema symbols:
                code.Add(new AvroStep(AvroStepKind.Enum, path) { Symbols = Symbols(symbols, symbols) });
                break;
            case { Tag: Schema.Type.String or Schema.Type.Bytes }:
                code.Add(new AvroStep(AvroStepKind.Bytes, path));
                break;
            case UnionSchema union:
                code.Add(new AvroStep(AvroStepKind.Union, path) { Branches = [.. union.Schemas.Select(b => SkipSteps(b, path))] });
                break;
            case ArraySchema array:
                code.Add(new AvroStep(AvroStepKind.SkipBlocks, path) { Branches = [SkipSteps(array.ItemSchema, path)] });
                break;
            case MapSchema map:
                code.Add(new AvroStep(AvroStepKind.SkipBlocks, path)
                {
                    Branches = [[new AvroStep(AvroStepKind.Bytes, path), .. SkipSteps(map.ValueSchema, path)]],
                });
                break;
            case RecordSchema record:
                SkipRecord(code, record, path);
                break;
            default:
                throw new IncompatibleSchemaException(path, $"the type {Describe(writer)} is unknown");
        }
    }

    private AvroStep[] SkipSteps(Schema writer, string path)
    {
        var code = new Code();
        Skip(code, writer, path);
        return code.ToArray();
    }

    private void SkipRecord(Code code, RecordSchema record, string path)
    {
        if (!_skips.ContainsKey(record))
        {
            _skips[record] = null;
            var body = new Code();
            foreach (AvroField field in record.Fields)
            {
                Skip(body, field.Schema, Join(path, field.Name));
            }

            _skips[record] = body.ToArray();
        }

        code.Add(new AvroStep(AvroStepKind.Call, path) { Call = () => _skips[record]! });
    }

    private static (byte[] Symbol, int Index)[] Symbols(EnumSchema writer, EnumSchema reader)
    {
        return [.. writer.Symbols.Select(symbol =>
        {
            string resolved = reader.Contains(symbol) ? symbol : reader.Default ?? symbol;
            return (Encoding.UTF8.GetBytes(resolved), reader.Symbols.IndexOf(resolved));
        })];
    }

    private static bool Match(Schema writer, Schema reader, bool exact) => (writer.Tag, reader.Tag) switch
    {
        (Schema.Type.Union, _) or (_, Schema.Type.Union) => !exact,
        (Schema.Type.Record, Schema.Type.Record) => !exact || SameName(writer, reader),
        (Schema.Type.Enumeration, Schema.Type.Enumeration) => SameName(writer, reader),
        (Schema.Type.Fixed, Schema.Type.Fixed) => SameName(writer, reader) && ((FixedSchema)writer).Size == ((FixedSchema)reader).Size,
        (Schema.Type.Array, Schema.Type.Array) => Match(Base(((ArraySchema)writer).ItemSchema), Base(((ArraySchema)reader).ItemSchema), exact),
        (Schema.Type.Map, Schema.Type.Map) => Match(Base(((MapSchema)writer).ValueSchema), Base(((MapSchema)reader).ValueSchema), exact),
        var (w, r) when w == r => true,
        (Schema.Type.Int, Schema.Type.Long or Schema.Type.Float or Schema.Type.Double) => !exact,
        (Schema.Type.Long, Schema.Type.Float or Schema.Type.Double) => !exact,
        (Schema.Type.Float, Schema.Type.Double) => !exact,
        (Schema.Type.String, Schema.Type.Bytes) or (Schema.Type.Bytes, Schema.Type.String) => !exact,
        _ => false,
    };

    /// <summary>Names match by their last part, as the specification has it for named types ("both schemas are records with the same (unqualified) name"), or by an alias.</summary>
    private static bool SameName(Schema writer, Schema reader) => writer.Name == reader.Name || reader.CanRead(writer);

    private static bool IsDefaultOf(Schema branch, JToken value) => (branch.Tag, value.Type) switch
    {
        (Schema.Type.Null, JTokenType.Null) => true,
        (Schema.Type.Boolean, JTokenType.Boolean) => true,
        (Schema.Type.Int, JTokenType.Integer) => value is JValue { Value: >= (long)int.MinValue and <= (long)int.MaxValue },
        (Schema.Type.Long, JTokenType.Integer) => value is JValue { Value: long },
        (Schema.Type.Float or Schema.Type.Double, JTokenType.Integer or JTokenType.Float) => true,
        (Schema.Type.Float or Schema.Type.Double, JTokenType.String) => value.Value<string>() is "NaN" or "Infinity" or "-Infinity",
        (Schema.Type.String or Schema.Type.Bytes or Schema.Type.Fixed, JTokenType.String) => true,
        (Schema.Type.Enumeration, JTokenType.String) => ((EnumSchema)branch).Symbols.Contains(value.Value<string>()!),
        (Schema.Type.Record or Schema.Type.Map, JTokenType.Object) => true,
        (Schema.Type.Array, JTokenType.Array) => true,
        _ => false,
    };

    private static double Number(JToken value) => value.Type == JTokenType.String
        ? double.Parse(value.Value<string>()!, NumberStyles.Float, CultureInfo.InvariantCulture) // as some writers of schemas put NaN and infinities
        : value.Value<double>();

    private static IncompatibleSchemaException NoCategory(string path) => new(path, "a floating-point number is no category");

    private static string Join(string path, string name) => AvroColumns.Join(path, name);

    private static Schema Base(Schema schema) => schema is LogicalSchema logical ? logical.BaseSchema : schema;

    private static string Describe(Schema schema) => schema switch
    {
        UnionSchema union => $"union [{string.Join(", ", union.Schemas.Select(Describe))}]",
        _ => schema.Tag is Schema.Type.Record or Schema.Type.Enumeration or Schema.Type.Fixed ? $"{schema.Tag.ToString().ToLowerInvariant()} {schema.Fullname}" : schema.Tag.ToString().ToLowerInvariant(),
    };

    /// <summary>Steps being written, and a run of fixed-width fields that is still open.</summary>
    private sealed class Code
    {
        private readonly List<AvroStep> _steps = [];
        private readonly FixedRun _run = new();

        public void Fixed(string field, int length, ColumnType? source, ColumnTarget[] targets) => _run.Add(field, length, source, targets);

        public void Add(AvroStep step)
        {
            _run.Flush(_steps);
            _steps.Add(step);
        }

        public AvroStep[] ToArray()
        {
            _run.Flush(_steps);
            return [.. _steps];
        }
    }
}
