using System.Text.Json;
using System.Text.Json.Serialization;

namespace Migrate.Simulator.Estates;

/// <summary>Reads and writes estate files. Keys that nobody knows are refused: a typing error must not become a default.</summary>
public static class EstateFile
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        ReadCommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    public static async Task<Estate> LoadAsync(string path, CancellationToken cancellationToken = default)
    {
        try
        {
            await using var stream = File.OpenRead(path);
            return await JsonSerializer.DeserializeAsync<Estate>(stream, Json, cancellationToken)
                ?? throw new EstateException([$"{path} is empty."]);
        }
        catch (JsonException e)
        {
            throw new EstateException([$"{path}: {e.Message}"]);
        }
        catch (IOException e)
        {
            throw new EstateException([e.Message]);
        }
    }

    public static Estate Parse(string json)
    {
        try
        {
            return JsonSerializer.Deserialize<Estate>(json, Json) ?? throw new EstateException(["The estate is empty."]);
        }
        catch (JsonException e)
        {
            throw new EstateException([e.Message]);
        }
    }

    public static async Task SaveAsync(Estate estate, string path, CancellationToken cancellationToken = default)
    {
        await using var stream = File.Create(path);
        await JsonSerializer.SerializeAsync(stream, estate, Json, cancellationToken);
    }
}
