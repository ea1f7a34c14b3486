using Migrate.Planner.Persistence;

namespace Migrate.Api.Security.Accounts;

/// <param name="Name">1 to 63 letters, digits, '.', '_' or '-'; not 'admin'. Kept in lower case.</param>
/// <param name="Role">What it may do.</param>
/// <param name="Password">12 to 256 characters. Absent: comes only through the proxy that authenticates.</param>
public sealed record AddUser(string? Name, Role Role, string? Password);

/// <summary>What is absent stays. A change ends the user's sessions.</summary>
/// <param name="Role">What it may do.</param>
/// <param name="Password">12 to 256 characters.</param>
/// <param name="Disabled">True: can do nothing until it is false again.</param>
public sealed record UpdateUser(Role? Role, string? Password, bool? Disabled);

/// <param name="Name">In lower case.</param>
/// <param name="Role">What it may do.</param>
/// <param name="HasPassword">False: comes only through the proxy that authenticates.</param>
/// <param name="CreatedAt">UTC.</param>
/// <param name="CreatedBy">The account that made it.</param>
/// <param name="DisabledAt">UTC; null: not disabled.</param>
/// <param name="SeenAt">UTC, to the minute; null: never.</param>
public sealed record UserView(string Name, Role Role, bool HasPassword, DateTime CreatedAt, string CreatedBy, DateTime? DisabledAt, DateTime? SeenAt)
{
    internal static UserView Of(User user) => new(user.Name, user.Role, user.PasswordHash.Length > 0, user.CreatedAt, user.CreatedBy, user.DisabledAt, user.SeenAt);
}
