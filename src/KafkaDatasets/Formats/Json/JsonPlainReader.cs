using System.Buffers;
using System.Text.Json;
using KafkaDatasets.Rows;

namespace KafkaDatasets.Formats.Json;

/// <summary>
/// The plain way to read a JSON text, with <see cref="Utf8JsonReader"/>: it reads texts that the fast way gives up on, reports what is wrong with invalid texts,
/// and is the reference for the fast way.
/// </summary>
internal ref struct JsonPlainReader
{
    /// <summary>The depth is not limited: what is read is only as deep as the columns, and the rest is skipped without recursion.</summary>
    private static readonly JsonReaderOptions Options = new() { MaxDepth = int.MaxValue };

    private readonly Span<bool> _marks;
    private readonly Span<byte> _ranks;
    private readonly RowBlock _block;
    private readonly ref string? _field;
    private HashSet<long>? _words;

    /// <summary>Creates a reader.</summary>
    /// <param name="marks">The buffer for the presence marks of members.</param>
    /// <param name="ranks">The ranks at which columns with several places were found, cleared.</param>
    /// <param name="block">The block.</param>
    /// <param name="field">The field that is being read when an exception is thrown.</param>
    public JsonPlainReader(Span<bool> marks, Span<byte> ranks, RowBlock block, ref string? field)
    {
        _marks = marks;
        _ranks = ranks;
        _block = block;
        _field = ref field;
    }

    /// <summary>Reads a text into the block's next row.</summary>
    /// <exception cref="JsonException">It is not JSON.</exception>
    /// <exception cref="MalformedValueException">A value does not match its column.</exception>
    public void Read(JsonStep root, ReadOnlySpan<byte> text)
    {
        var reader = new Utf8JsonReader(JsonWords.Contains(text) ? JsonWords.Quote(text, _words = []) : text, Options);
        reader.Read();
        Store(root, ref reader);
        _field = "";
        while (reader.Read())
        {
            // throws unless only whitespace follows
        }
    }

    private void Store(JsonStep step, scoped ref Utf8JsonReader reader)
    {
        if (step.IsSkipped)
        {
            reader.Skip();
            return;
        }

        switch (reader.TokenType, step.Field.Kind)
        {
            case (JsonTokenType.StartObject, _) when step.Field.OtherType is { } type:
                throw new MalformedValueException($"by its schema it is of the type '{type}', not of the dataset's type '{step.Field.Title}'");
            case (_, JsonKind.Choice) when reader.TokenType != JsonTokenType.Null || !JsonScalars.MayBeMissing(step):
                StoreChoice(step, ref reader);
                break;
            case (JsonTokenType.StartObject, JsonKind.Object):
                StoreObject(step, ref reader);
                break;
            case (_, JsonKind.Object) when step.Placed is { } placed:
                JsonScalars.Forget(placed, _ranks); // not an object, so the columns are not in this place
                reader.Skip();
                break;
            case (JsonTokenType.StartArray, JsonKind.List):
                StoreList(step, ref reader);
                break;
            case (JsonTokenType.Null, _) when JsonScalars.MayBeMissing(step):
                JsonScalars.StoreMissing(step, _block, ref _field);
                break;
            case (JsonTokenType.String, JsonKind.Scalar) when IsWord(ref reader):
                JsonScalars.StoreWord(step, reader.ValueSpan, _block);
                break;
            case (JsonTokenType.String, JsonKind.Scalar):
                StoreString(step, ref reader);
                break;
            case (JsonTokenType.Number, JsonKind.Scalar):
                JsonScalars.StoreNumber(step, reader.ValueSpan, _block);
                break;
            case (JsonTokenType.True or JsonTokenType.False, JsonKind.Scalar):
                JsonScalars.StoreBoolean(step, reader.TokenType == JsonTokenType.True, _block);
                break;
            default:
                throw JsonScalars.Unfit(step.Field, Found(ref reader));
        }
    }

    private void StoreList(JsonStep step, scoped ref Utf8JsonReader reader)
    {
        JsonStep item = step.Members[0];
        int count = 0;
        step.Targets.BeginList(_block);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (++count > step.Field.Size && step.Field.Size > 0)
            {
                throw new MalformedValueException($"the list has more than {step.Field.Size} items");
            }

            Store(item, ref reader);
        }

        if (count < step.Field.Size)
        {
            throw new MalformedValueException($"the list has {count} items, not {step.Field.Size}");
        }

        _field = step.Field.Path;
        step.Targets.EndList(_block);
        step.Lengths.StoreInteger((long)count, _block);
    }

    private void StoreObject(JsonStep step, scoped ref Utf8JsonReader reader)
    {
        Span<bool> marks = _marks.Slice(step.Marks, step.Members.Length);
        marks.Clear();
        if (step.Placed is { } placed)
        {
            JsonScalars.Forget(placed, _ranks);
        }

        int next = 0;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            int index = reader.ValueIsEscaped ? IndexOfEscaped(step, ref reader) : step.Names.IndexOf(reader.ValueSpan, next);
            reader.Read();
            if (index < 0 || step.Members[index].IsSkipped)
            {
                reader.Skip();
                continue;
            }

            JsonStep member = step.Members[index];
            _field = member.Field.Path;
            if (marks[index] && step.Depth > 0)
            {
                throw new MalformedValueException("an object in a list has the member twice");
            }

            next = index + 1;
            marks[index] = true;
            if (member.Column < 0 || JsonScalars.IsPlaced(member, _ranks))
            {
                Store(member, ref reader);
            }
            else
            {
                reader.Skip();
            }
        }

        JsonScalars.StoreAbsent(step, marks, _block, ref _field);
        _field = step.Field.Path;
    }

    /// <summary>Stores the value in the columns of its type, and missing values in those of the other types.</summary>
    private void StoreChoice(JsonStep step, scoped ref Utf8JsonReader reader)
    {
        JsonStep type = Choose(step, ref reader);
        if (type.Field.IsForeign)
        {
            throw new MalformedValueException($"it is of the type {type.Field.Name}, not of the dataset's");
        }

        foreach (JsonStep other in step.Members)
        {
            if (other != type)
            {
                JsonScalars.StoreMissing(other, _block, ref _field);
            }
        }

        Store(type, ref reader);
        _field = step.Field.Path;
    }

    /// <summary>Returns the type that a value fits best, or the first in a tie; a tie between the dataset's type and another is an error.</summary>
    private readonly JsonStep Choose(JsonStep step, scoped ref Utf8JsonReader reader)
    {
        JsonStep? best = null;
        JsonStep? rival = null;
        int most = 0;
        foreach (JsonStep type in step.Members)
        {
            int fit = type.Field.Signature!.Fit(reader, _words) ?? 0;
            if (fit > most)
            {
                (best, rival, most) = (type, null, fit);
            }
            else if (fit == most && best is not null && type.Field.IsForeign != best.Field.IsForeign)
            {
                rival = type;
            }
        }

        return best is null ? throw JsonScalars.Unfit(step.Field, Found(ref reader))
            : rival is not null ? throw new MalformedValueException($"it fits the types {best.Field.Name} and {rival.Field.Name} alike, and only one of them is the dataset's")
            : best;
    }

    /// <summary>Returns the index of a name with escapes; −1 also for one that is not valid text, which no member has.</summary>
    private static int IndexOfEscaped(JsonStep step, scoped ref Utf8JsonReader reader)
    {
        byte[] unescaped = ArrayPool<byte>.Shared.Rent(reader.ValueSpan.Length);
        try
        {
            return JsonEscapes.TryUnescape(reader.ValueSpan, unescaped, out int length) ? step.Names.IndexOf(unescaped.AsSpan(0, length), 0) : -1;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(unescaped);
        }
    }

    private void StoreString(JsonStep step, scoped ref Utf8JsonReader reader)
    {
        if (!reader.ValueIsEscaped)
        {
            JsonScalars.StoreString(step, reader.ValueSpan, _block);
            return;
        }

        byte[] unescaped = ArrayPool<byte>.Shared.Rent(reader.ValueSpan.Length);
        try
        {
            if (!JsonEscapes.TryUnescape(reader.ValueSpan, unescaped, out int length))
            {
                throw new MalformedValueException("the text is not valid: it has half of a surrogate pair");
            }

            JsonScalars.StoreString(step, unescaped.AsSpan(0, length), _block);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(unescaped);
        }
    }

    /// <summary>Whether a string is NaN or infinity without quotes, which got them for <see cref="Utf8JsonReader"/>.</summary>
    private readonly bool IsWord(scoped ref Utf8JsonReader reader) => _words?.Contains(reader.TokenStartIndex) == true;

    private readonly string Found(scoped ref Utf8JsonReader reader) => reader.TokenType switch
    {
        JsonTokenType.StartObject => "an object",
        JsonTokenType.StartArray => "an array",
        JsonTokenType.String when !IsWord(ref reader) => JsonScalars.Quoted(reader.ValueSpan),
        _ => System.Text.Encoding.UTF8.GetString(reader.ValueSpan),
    };
}
