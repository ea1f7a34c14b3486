using Migrate.Simulator.Values;

namespace Migrate.Simulator.Soap;

/// <summary>A method ends in a vim25 fault: HTTP 500 with the fault in the SOAP detail.</summary>
public sealed class VimFaultException(DataObject fault, string message) : Exception(message)
{
    public DataObject Fault { get; } = fault;

    public static VimFaultException InvalidArgument(string property, string message) =>
        new(DataObject.Of("InvalidArgument", ("invalidProperty", property)), message);

    public static VimFaultException NotFound(MoRef reference) =>
        new(DataObject.Of("ManagedObjectNotFound", ("obj", reference)),
            $"The object '{reference.Type}:{reference.Id}' has already been deleted or has not been completely created");

    public static VimFaultException InvalidProperty(string name) =>
        new(DataObject.Of("InvalidProperty", ("name", name)), $"A specified property does not exist: {name}");

    public static VimFaultException NotAuthenticated(MoRef reference, string privilege) =>
        new(DataObject.Of("NotAuthenticated", ("object", reference), ("privilegeId", privilege)), "The session is not authenticated.");

    public static VimFaultException InvalidPowerState(string requested, string existing) =>
        new(DataObject.Of("InvalidPowerState", ("requestedState", requested), ("existingState", existing)),
            $"The attempted operation cannot be performed in the current state ({existing}).");

    public static VimFaultException InvalidRequest(string message) => new(new DataObject("InvalidRequest"), message);

    /// <summary>The fault as it travels inside data objects (TaskInfo.error, MissingProperty.fault).</summary>
    public DataObject Localized() => DataObject.Of("LocalizedMethodFault", ("fault", Fault), ("localizedMessage", Message));
}
