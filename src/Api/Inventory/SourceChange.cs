using Migrate.Planner.Persistence;

namespace Migrate.Api.Inventory;

/// <summary>What somebody makes of a source's login, and of what: between that and its being kept it is tried.</summary>
internal sealed record SourceChange(Guid Id, string Name, SourceLogin Before, SourceLogin After);

/// <summary>How a source is logged in to.</summary>
internal sealed record SourceLogin(string UserName, string ProtectedPassword, string? Thumbprint)
{
    public static SourceLogin Of(Source source) => new(source.UserName, source.ProtectedPassword, source.Thumbprint);

    /// <summary>Leaves the password out, encrypted as it is: records print all they hold.</summary>
    public override string ToString() => $"SourceLogin {UserName}";
}
