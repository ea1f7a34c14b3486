using System.Net;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Migrate.Target.Admin;

namespace Migrate.Target.AdminApi;

/// <summary>The admin API's JSON, for both of its ends.</summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web, WriteIndented = true,
    Converters = [typeof(EndPointConverter), typeof(AnaStateConverter)])]
[JsonSerializable(typeof(TargetStatus))]
[JsonSerializable(typeof(IReadOnlyList<PortInfo>))]
[JsonSerializable(typeof(IReadOnlyList<SubsystemInfo>))]
[JsonSerializable(typeof(IReadOnlyList<NamespaceInfo>))]
[JsonSerializable(typeof(NamespaceInfo))]
[JsonSerializable(typeof(DataMap))]
[JsonSerializable(typeof(IReadOnlyList<HostInfo>))]
[JsonSerializable(typeof(StatisticsViews))]
[JsonSerializable(typeof(SubsystemBody))]
[JsonSerializable(typeof(NamespaceBody))]
[JsonSerializable(typeof(SizeBody))]
[JsonSerializable(typeof(GrantBody))]
[JsonSerializable(typeof(AnaBody))]
[JsonSerializable(typeof(DrainBody))]
[JsonSerializable(typeof(DrainResult))]
[JsonSerializable(typeof(ProblemBody))]
internal sealed partial class AdminJson : JsonSerializerContext
{
    /// <summary>
    /// The same rules for ASP.NET's own options, which take types but no rules from a context; and a request with a member that
    /// nobody knows is refused, as it is most likely misspelt.
    /// </summary>
    public static void Apply(JsonSerializerOptions options)
    {
        options.WriteIndented = true;
        options.Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping; // no browser takes these answers for a page
        options.UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow;
        options.Converters.Add(new EndPointConverter());
        options.Converters.Add(new AnaStateConverter());
    }
}

internal sealed class EndPointConverter : JsonConverter<IPEndPoint>
{
    public override IPEndPoint Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        IPEndPoint.TryParse(reader.GetString() ?? "", out var endPoint) ? endPoint : throw new JsonException("no address and port");

    public override void Write(Utf8JsonWriter writer, IPEndPoint value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
}

/// <summary><c>optimized</c>, <c>non-optimized</c>, <c>inaccessible</c>, <c>persistent-loss</c>, <c>change</c>.</summary>
internal sealed class AnaStateConverter() : JsonStringEnumConverter<AnaState>(JsonNamingPolicy.KebabCaseLower, allowIntegerValues: false);
