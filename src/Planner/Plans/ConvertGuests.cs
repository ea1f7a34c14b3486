namespace Migrate.Planner.Plans;

/// <summary>Whether guests are made to start on KVM by virt-v2v.</summary>
public enum ConvertGuests
{
    /// <summary>They stay as they are: for guests that have virtio drivers in what boots them.</summary>
    Never,

    /// <summary>Those that do not have them, as far as can be seen from outside; one that cannot be converted fails its run before anything of it is changed.</summary>
    Auto,
}
