using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Migrate.Simulator.Estates;

/// <summary>Sizes are bytes as a number, or text with a binary unit: 4096, "512 MiB", "2 TiB".</summary>
public sealed class ByteSizeConverter : JsonConverter<long>
{
    private static readonly (string Unit, int Shift)[] Units = [("KiB", 10), ("MiB", 20), ("GiB", 30), ("TiB", 40)];

    public override long Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.Number)
        {
            return reader.GetInt64();
        }

        var text = reader.GetString() ?? "";
        foreach (var (unit, shift) in Units)
        {
            if (text.EndsWith(unit, StringComparison.Ordinal) &&
                decimal.TryParse(text.AsSpan(0, text.Length - unit.Length).Trim(), NumberStyles.Float, CultureInfo.InvariantCulture, out var number))
            {
                return (long)(number * (1L << shift));
            }
        }

        throw new JsonException($"'{text}' is not a size. Write bytes as a number, or text such as \"512 MiB\", \"40 GiB\".");
    }

    public override void Write(Utf8JsonWriter writer, long value, JsonSerializerOptions options)
    {
        for (var i = Units.Length - 1; i >= 0; i--)
        {
            var (unit, shift) = Units[i];
            if (value != 0 && value % (1L << shift) == 0)
            {
                writer.WriteStringValue(string.Create(CultureInfo.InvariantCulture, $"{value >> shift} {unit}"));
                return;
            }
        }

        writer.WriteNumberValue(value);
    }
}

public sealed class NullableByteSizeConverter : JsonConverter<long?>
{
    private readonly ByteSizeConverter _inner = new();

    public override long? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.Null ? null : _inner.Read(ref reader, typeof(long), options);

    public override void Write(Utf8JsonWriter writer, long? value, JsonSerializerOptions options)
    {
        if (value is long size)
        {
            _inner.Write(writer, size, options);
        }
        else
        {
            writer.WriteNullValue();
        }
    }
}
