using System.Text.Json;
using Migrate.Planner.Persistence;
using Migrate.Planner.VSphere.Privileges;

namespace Migrate.Api.Inventory;

/// <summary>What a source's account lacked when it was asked last, as the source's row keeps it.</summary>
internal sealed record KeptPrivileges(IReadOnlyList<LackedPrivilege> Lacks, string? Unchecked)
{
    private static readonly KeptPrivileges None = new([], null);

    public static string Write(PrivilegeReport report) => JsonSerializer.Serialize(new KeptPrivileges(LackedPrivilege.Of(report), report.Unchecked), Json.Options);

    public static KeptPrivileges Of(Source source) => source.Privileges is { } kept ? JsonSerializer.Deserialize<KeptPrivileges>(kept, Json.Options) ?? None : None;
}
