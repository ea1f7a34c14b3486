namespace Migrate.Planner.Persistence;

/// <summary>What an account may do. Each may do all that the ones before it may.</summary>
public enum Role
{
    /// <summary>Looks at everything but accounts, keys and the audit log.</summary>
    Viewer,
    /// <summary>Makes plans, starts and steers copies: nothing that stops a production VM.</summary>
    Operator,
    /// <summary>Lets VMs be cut over or rolled back, and accepts risks; each with a reason.</summary>
    Approver,
    /// <summary>Sources and hosts with their credentials, accounts, keys.</summary>
    Admin,
}
